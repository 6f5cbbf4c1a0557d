package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.LinearMap;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeDevice;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.SideBySide;
import dev.plumbline.lm.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The model and the slots of its cache, in native memory. A slot holds the keys and values of one sequence, from position
 * 0 on. For one thread, beside which it has another one compute during a step.
 */
final class SlotDecoder implements AutoCloseable {
    /** Vectors that lie in no slot: what slots without a token of their own write. */
    private static final int UNUSED = 1;

    private final NDManager owner;
    private final Kernels kernels;
    private final ModelConfig config;
    private final Precision precision;
    private final FusedWeights weights;
    private final CacheLayout layout;
    private final Precision cachePrecision;
    private final NDArray arena;
    private final SlotMemory slots;
    private final List<StepPart> parts;
    private final ComputeSettings compute;
    private final Timings timings;

    /** What every step computes with: cache and weights. */
    private final List<Argument> modelArguments;

    private SlotDecoder(
            NDManager owner,
            Checkpoint checkpoint,
            EngineSettings settings,
            CacheMemory memory,
            ProductForms.Choice products) {
        DecoderLayout decoder = new DecoderLayout(checkpoint.config());
        this.owner = owner;
        this.config = checkpoint.config();
        this.compute = settings.compute();
        StepShapes shapes = StepShapes.of(settings);
        this.kernels = Kernels.load(owner, new StepSource(decoder, shapes).text());
        int capacity = shapes.capacity(Math.min(settings.maxLength(), config.maxPositions()));
        long modelBytes = decoder.tensors().stream()
                        .mapToLong(tensor -> tensor.shape().stream()
                                .mapToLong(Integer::longValue)
                                .reduce(1, Math::multiplyExact))
                        .sum()
                * Float.BYTES;
        this.timings = Timings.of(config, settings);
        Function<ProductForms.Choice, ProductForms> formsBy = choice -> new ProductForms(
                kernels, choice, shapes.rows(settings.slots()), modelBytes, timings.forms(), System::nanoTime);
        this.precision = precision(settings, decoder.layers().get(0).mlpInputs(), formsBy.apply(products));
        ProductForms forms = formsBy.apply(choice(settings, shapes.forms(products)));
        this.weights = new FusedWeights(owner, kernels, decoder, checkpoint, forms, capacity);
        AttentionShape attention = config.attention();
        this.cachePrecision = cachePrecision(settings, capacity);
        this.layout = new CacheLayout(
                config.layers(),
                attention.keyValueHeads(),
                settings.slots(),
                capacity,
                budget(settings.cacheBytes(), (long) cachePrecision.bytes() * attention.headDim()));
        long blockBytes = bytesPerToken() * PrefixIndex.TOKENS;
        long blocks = Math.min(settings.prefixBytes(), bytesPerToken() * settings.slots() * capacity) / blockBytes;
        CacheMemory.Piece piece = memory.take(
                settings.compute(),
                kernels,
                cachePrecision,
                new Shape(layout.vectors() + UNUSED, attention.headDim()),
                new Shape(
                        blocks,
                        config.layers(),
                        2,
                        attention.keyValueHeads(),
                        PrefixIndex.TOKENS,
                        attention.headDim()));
        owner.attachInternal("cache", () -> memory.giveBack(piece));
        this.arena = piece.arena();
        this.slots = new SlotMemory(owner, kernels, config.layers(), layout, piece);
        int mostPromptTokens = Math.max(capacity, settings.prefillTokens());
        this.parts = Stream.generate(() -> new StepPart(
                        owner, layout, shapes, settings.slots(), mostPromptTokens, config.vocabularySize()))
                .limit(2)
                .toList();
        this.modelArguments = List.of(
                Argument.of(arena),
                Argument.of(weights.embeddings),
                Argument.of(weights.rotation),
                Argument.of(weights.layers),
                Argument.of(weights.head),
                Argument.of(weights.floors),
                Argument.of(layout.levels().stream()
                        .flatMapToLong(level -> LongStream.of(level.base(), level.side(), level.length()))
                        .toArray()));
        infer("clear", Argument.of(arena));
    }

    /**
     * FLOAT32 or BFLOAT16. Only processors have packed products, and so a choice that is worth measuring.
     *
     * @param widest the maps of a layer in which most of its time goes
     */
    private Precision precision(EngineSettings settings, List<LinearMap> widest, ProductForms forms) {
        if (settings.precision() != Precision.AUTO) {
            return settings.precision();
        }
        long outputs = widest.stream().mapToLong(LinearMap::outputs).sum();
        boolean wins = settings.compute().device() instanceof ComputeDevice.Cpu
                && forms.bfloat16Wins(owner, widest.get(0).inputs(), outputs);
        return wins ? Precision.BFLOAT16 : Precision.FLOAT32;
    }

    private ProductForms.Choice choice(EngineSettings settings, ProductForms.Choice products) {
        boolean packable = settings.compute().device() instanceof ComputeDevice.Cpu;
        if (precision == Precision.BFLOAT16) {
            return packable ? ProductForms.Choice.PACKED_BFLOAT16 : ProductForms.Choice.BFLOAT16;
        }
        return packable ? products : ProductForms.Choice.AS_IS;
    }

    /** FLOAT32 or BFLOAT16, for keys and values. */
    private Precision cachePrecision(EngineSettings settings, int capacity) {
        if (settings.cachePrecision() != Precision.AUTO) {
            return settings.cachePrecision();
        }
        int positions = Math.min(capacity, CacheLayout.FIRST);
        return timings.cachePrecision(
                () -> new CacheTiming(owner, kernels, config, System::nanoTime).faster(settings.slots(), positions));
    }

    /** What the products are computed in: FLOAT32 or BFLOAT16. */
    Precision precision() {
        return precision;
    }

    /** What keys and values are kept in, likewise. */
    Precision cachePrecision() {
        return cachePrecision;
    }

    /**
     * Reads a checkpoint and takes the slots' memory, which is given back when the decoder is closed.
     *
     * @throws InvalidModelException if the checkpoint has no weights or no head over the vocabulary
     * @throws IllegalStateException as {@link ShapesCheck#require} does
     */
    static SlotDecoder load(
            Path checkpointDirectory, EngineSettings settings, CacheMemory memory, ProductForms.Choice products) {
        Checkpoint checkpoint = Checkpoint.open(checkpointDirectory);
        if (checkpoint.config().head() != HeadKind.CAUSAL) {
            throw new InvalidModelException(
                    checkpointDirectory.toString(),
                    List.of("it gives a score, not text; generate with a ...ForCausalLM checkpoint"));
        }
        Torch.use(settings.compute());
        NDManager owner = Torch.newManager(settings.compute());
        try {
            SlotDecoder decoder = new SlotDecoder(owner, checkpoint, settings, memory, products);
            if (settings.deterministic()) {
                new ShapesCheck(decoder).require();
            }
            return decoder;
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    int vocabulary() {
        return config.vocabularySize();
    }

    /** What has been found out by timing. */
    Timings timings() {
        return timings;
    }

    /** In vectors, as {@link CacheLayout} counts. */
    private static long budget(long bytes, long vectorBytes) {
        return bytes == 0 ? 0 : Math.max(1, bytes / vectorBytes - UNUSED);
    }

    /** Where the slots lie. */
    CacheLayout layout() {
        return layout;
    }

    /** What lies in the slots, and the pool of prefixes. */
    SlotMemory memory() {
        return slots;
    }

    /** Memory of the slots. */
    long cacheBytes() {
        return arena.size() * cachePrecision.bytes();
    }

    /** Memory of one position of one sequence. */
    long bytesPerToken() {
        AttentionShape attention = config.attention();
        return 2L * config.layers() * attention.keyValueHeads() * attention.headDim() * cachePrecision.bytes();
    }

    /** The two parts that a step may have: as many are filled before it as its way has. */
    List<StepPart> parts() {
        return parts;
    }

    /**
     * How a step can be cut in two parts; empty if it cannot, or two parts cannot be computed at once.
     *
     * @param running sequences, a token of each
     * @param lengths of the parts of prompts
     */
    Optional<StepCut> cut(int running, List<Integer> lengths) {
        return computesTwoAtOnce() ? StepCut.of(running, lengths) : Optional.empty();
    }

    /** Whether two parts of a step can be computed at once. */
    boolean computesTwoAtOnce() {
        return SideBySide.isPossible(compute);
    }

    /**
     * Writes the tokens of the parts that the way has into their slots, and draws those that follow.
     *
     * @return of each part
     */
    List<StepResult> step(StepWay way) {
        return map(way, this::step);
    }

    private <T> List<T> map(StepWay way, Function<StepPart, T> computation) {
        Torch.limitThreads(way == StepWay.ONE ? 1 : compute.threads());
        try {
            return SideBySide.map(compute, parts.subList(0, way.parts()), computation);
        } finally {
            Torch.endLimit();
        }
    }

    private StepResult step(StepPart part) {
        long start = System.nanoTime();
        try (NDManager scope = owner.newSubManager()) {
            NDList result = kernels.infer(scope, "step", part.arguments(scope, modelArguments));
            ChosenTokens chosen = part.draws().chosen(result.get(0).toDoubleArray());
            List<double[]> prompts = new ArrayList<>();
            for (StepInput.Reported reported : part.input().reported()) {
                prompts.add(promptLogProbs(scope, result.get(1), reported));
            }
            return new StepResult(chosen, prompts, System.nanoTime() - start);
        }
    }

    /** @param residual all tokens of the step after the last layer, [tokens, C] */
    private double[] promptLogProbs(NDManager scope, NDArray residual, StepInput.Reported part) {
        if (part.following().length == 0) {
            return new double[0];
        }
        NDList numbers = kernels.infer(
                scope,
                "prompt_logprobs",
                Argument.of(residual.get(new NDIndex("{}:", part.first()))),
                Argument.of(weights.head),
                Argument.of(weights.floors),
                Argument.of(scope.create(part.following())),
                Argument.of(Math.min(part.report().alternatives(), vocabulary())),
                Argument.of((double) part.report().temperature()),
                Argument.of(part.report().entropies() ? 1 : 0));
        return numbers.singletonOrThrow().toDoubleArray();
    }

    /** Times a step of so many rows that stand at a position, and its parts. Spoils what the slots hold. */
    StepCosts costs(int rows, int position, SamplingParameters sampling, int repetitions) {
        Argument embeddings = Argument.of(weights.embeddings);
        Argument layers = Argument.of(weights.layers);
        Argument head = Argument.of(weights.head);
        Argument queryWidth = Argument.of(config.attention().queryWidth());
        Argument depth = Argument.of(config.layers());
        Optional<StepCut> cut = cut(rows, List.of());
        StepSharing sharing = StepSharing.of(cut);
        double[] best = new double[5];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        // By turns, so that what else the machine does falls on all alike.
        for (int i = 0; i < repetitions; i++) {
            StepWay way = timings.threads().next(rows, sharing);
            int first = cut.filter(found -> way == StepWay.HALVES)
                    .map(StepCut::rows)
                    .orElse(rows);
            fill(parts.get(0), 0, first, position, sampling);
            fill(parts.get(1), first, rows - first, position, sampling);
            try (NDManager scope = owner.newSubManager()) {
                NDArray logits = scope.randomNormal(new Shape(rows, vocabulary()));
                double[] times = {
                    time(way, this::step),
                    longest(way, part -> infer("all_products", embeddings, layers, head, count(part), queryWidth)),
                    longest(
                            way,
                            part -> infer(
                                    "all_attention",
                                    Argument.of(arena),
                                    depth,
                                    count(part),
                                    Argument.of(part.input().reads()))),
                    longest(way, part -> {
                        List<Argument> drawn = part.draws().arguments(scope);
                        NDArray own = logits.get(new NDIndex(":{}", part.input().tokens()));
                        infer("drawn", Argument.of(own), drawn.get(0), drawn.get(1));
                    }),
                    time(way, part -> infer("nothing", part.arguments(scope, modelArguments)))
                };
                timings.threads().took(rows, sharing, (long) times[0]);
                Arrays.setAll(best, cost -> Math.min(best[cost], times[cost]));
            }
        }
        return new StepCosts(best[0], best[1], best[2], best[3], best[4]);
    }

    private static Argument count(StepPart part) {
        return Argument.of(part.input().tokens());
    }

    /** Running sequences that all stand at one position. */
    private static void fill(StepPart part, int firstSlot, int rows, int position, SamplingParameters sampling) {
        part.input().begin(firstSlot);
        part.draws().begin(rows);
        for (int row = 0; row < rows; row++) {
            part.input().run(0, position);
            part.draws().add(Draw.of((row + 0.5) / rows, sampling));
        }
    }

    /** From the beginning of the first part to the end of the last, in nanoseconds. */
    private double time(StepWay way, Consumer<StepPart> computation) {
        return time(() -> map(way, part -> time(() -> computation.accept(part))));
    }

    /** Of the part that takes longest, without the meeting at its end. */
    private double longest(StepWay way, Consumer<StepPart> computation) {
        return map(way, part -> time(() -> computation.accept(part))).stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElseThrow();
    }

    private static double time(Runnable computation) {
        long start = System.nanoTime();
        computation.run();
        return System.nanoTime() - start;
    }

    private void infer(String method, Argument... arguments) {
        try (NDManager scope = owner.newSubManager()) {
            kernels.infer(scope, method, arguments);
        }
    }

    @Override
    public void close() {
        owner.close();
    }
}
