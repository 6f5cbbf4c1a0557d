package dev.plumbline.lm.generate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.architecture.DecoderLayer;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeDevice;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The model and the slots of its cache, in native memory. A slot holds the keys and values of one sequence, from position
 * 0 on. For one thread.
 */
final class SlotDecoder implements AutoCloseable {
    /** Attention spans are rounded up to this, so that few different shapes occur. */
    private static final int SPAN_STEP = 64;

    private final NDManager owner;
    private final Kernels kernels;
    private final ModelConfig config;
    private final FusedWeights weights;
    private final int capacity;
    private final NDArray cache;

    /** Ids, positions and slots of a step, one after the other. */
    private final LongBuffer tokenMemory;

    private final Draws draws;

    /** What every step computes with; tokens, cache and weights. */
    private final List<Argument> modelArguments;

    private SlotDecoder(NDManager owner, Checkpoint checkpoint, EngineSettings settings, ProductForms.Choice products) {
        DecoderLayout layout = new DecoderLayout(checkpoint.config());
        this.owner = owner;
        this.config = checkpoint.config();
        this.kernels = Kernels.load(owner, source(layout));
        this.capacity = Math.min(settings.maxLength(), config.maxPositions());
        boolean packable = settings.compute().device() instanceof ComputeDevice.Cpu;
        ProductForms forms = new ProductForms(
                kernels, packable ? products : ProductForms.Choice.AS_IS, settings.slots(), System::nanoTime);
        this.weights = new FusedWeights(owner, kernels, layout, checkpoint, forms, capacity);
        AttentionShape attention = config.attention();
        this.cache = owner.zeros(
                new Shape(
                        config.layers(),
                        settings.slots(),
                        2L * attention.keyValueHeads(),
                        capacity,
                        attention.headDim()),
                DataType.FLOAT32);
        NDArray tokens = host(3 * Math.max(capacity, settings.slots()), DataType.INT64);
        this.tokenMemory = Torch.memory(tokens).asLongBuffer();
        this.draws = new Draws(owner, settings.slots(), config.vocabularySize());
        this.modelArguments = List.of(
                Argument.of(tokens),
                Argument.of(cache),
                Argument.of(weights.embeddings),
                Argument.of(weights.rotation),
                Argument.of(weights.layers),
                Argument.of(weights.head),
                Argument.of(weights.floors));
    }

    /** Memory that Java writes and the kernels read, used again for each step. */
    private NDArray host(int size, DataType type) {
        return owner.create(new Shape(size), type, Device.cpu());
    }

    /**
     * Reads a checkpoint and allocates the slots.
     *
     * @throws InvalidModelException if the checkpoint has no weights or no head over the vocabulary
     */
    static SlotDecoder load(Path checkpointDirectory, EngineSettings settings, ProductForms.Choice products) {
        Checkpoint checkpoint = Checkpoint.open(checkpointDirectory);
        if (checkpoint.config().head() != HeadKind.CAUSAL) {
            throw new InvalidModelException(
                    checkpointDirectory.toString(),
                    List.of("it gives a score, not text; generate with a ...ForCausalLM checkpoint"));
        }
        Torch.use(settings.compute());
        NDManager owner = Torch.newManager(settings.compute());
        try {
            return new SlotDecoder(owner, checkpoint, settings, products);
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    private static String source(DecoderLayout layout) {
        ModelConfig config = layout.config();
        boolean layerNorm = layout.finalNorm().bias();
        boolean gated = layout.layers().get(0).mlpInputs().size() > 1;
        List<Integer> windows =
                layout.layers().stream().map(DecoderLayer::window).toList();
        return resource("step.py")
                + resource("product.py")
                + resource("choose.py")
                + resource("prompt_logprobs.py")
                + resource("fuse.py")
                + resource("costs.py")
                + resource(gated ? "swiglu.py" : "gelu.py")
                + resource(layerNorm ? "layer_norm.py" : "rms_norm.py")
                        .replace("EPSILON", Double.toString(config.normEpsilon()))
                + "  def windows(self) -> List[int]:\n    return " + windows + "\n";
    }

    /** A file of TorchScript methods beside this class. */
    static String resource(String name) {
        try (InputStream stream = SlotDecoder.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("resource " + name + " is not in the jar");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("resource " + name + " could not be read", e);
        }
    }

    int vocabulary() {
        return config.vocabularySize();
    }

    /** Positions of a slot. */
    int capacity() {
        return capacity;
    }

    /** Memory of the slots. */
    long cacheBytes() {
        return cache.size() * Float.BYTES;
    }

    /** The rows of the next call, to be filled before it. */
    Draws draws() {
        return draws;
    }

    /**
     * One more token for each sequence of the first slots, by the draws.
     *
     * @param ids the last token of each, which is not in its slot yet
     * @param positions where it stands
     */
    ChosenTokens decode(int[] ids, int[] positions) {
        int rows = ids.length;
        int longest = 0;
        for (int row = 0; row < rows; row++) {
            putToken(rows, row, ids[row], positions[row], row);
            longest = Math.max(longest, positions[row] + 1);
        }
        return choose("decode", Argument.of(rows), Argument.of(span(longest)));
    }

    /**
     * What follows a prompt.
     *
     * @param prompt its log-probabilities, if they were asked for
     */
    record Filled(ChosenTokens chosen, Optional<PromptLogProbs> prompt) {}

    /**
     * Fills a slot with tokens from position 0 on, and chooses what follows them, once for each of the draws; these do
     * not depend on each other.
     */
    Filled fill(int slot, int[] ids, LogProbReport report) {
        int count = ids.length;
        for (int i = 0; i < count; i++) {
            putToken(count, i, ids[i], i, slot);
        }
        try (NDManager scope = owner.newSubManager()) {
            NDList result = call(
                    scope,
                    "extend",
                    Argument.of(slot),
                    Argument.of(count),
                    Argument.of(draws.rows()),
                    Argument.of(span(count)));
            ChosenTokens chosen = draws.chosen(result.get(0).toDoubleArray());
            return new Filled(
                    chosen,
                    report.prompt()
                            ? Optional.of(promptLogProbs(scope, result.get(1), ids, report.alternatives()))
                            : Optional.empty());
        }
    }

    /** @param residual the rows of the prompt after the last layer, [tokens, C] */
    private PromptLogProbs promptLogProbs(NDManager scope, NDArray residual, int[] ids, int alternatives) {
        int most = Math.min(alternatives, vocabulary());
        if (ids.length == 1) {
            return PromptLogProbs.read(new double[0], 1, most);
        }
        long[] following = Arrays.stream(ids).skip(1).asLongStream().toArray();
        NDList numbers = kernels.infer(
                scope,
                "prompt_logprobs",
                Argument.of(residual),
                Argument.of(weights.head),
                Argument.of(weights.floors),
                Argument.of(scope.create(following)),
                Argument.of(most));
        return PromptLogProbs.read(numbers.singletonOrThrow().toDoubleArray(), ids.length, most);
    }

    private void putToken(int count, int i, int id, int position, int slot) {
        tokenMemory.put(i, id);
        tokenMemory.put(count + i, position);
        tokenMemory.put(2 * count + i, slot);
    }

    private ChosenTokens choose(String method, Argument... numbers) {
        try (NDManager scope = owner.newSubManager()) {
            return draws.chosen(call(scope, method, numbers).singletonOrThrow().toDoubleArray());
        }
    }

    /** Calls one of the methods that end in choosing; they differ in a few numbers in the middle of their arguments. */
    private NDList call(NDManager scope, String method, Argument... numbers) {
        List<Argument> arguments = new ArrayList<>(modelArguments);
        arguments.addAll(List.of(numbers));
        arguments.addAll(draws.arguments(scope));
        return kernels.infer(scope, method, arguments.toArray(Argument[]::new));
    }

    /** Times a step of so many rows that stand at a position, and its parts. Spoils what the slots hold. */
    StepCosts costs(int rows, int position, SamplingParameters sampling, int repetitions) {
        int[] ids = new int[rows];
        int[] positions = new int[rows];
        Arrays.fill(positions, position);
        draws.begin(rows);
        for (int row = 0; row < rows; row++) {
            draws.add(Draw.of((row + 0.5) / rows, sampling));
        }
        Argument count = Argument.of(rows);
        Argument span = Argument.of(span(position + 1));
        Argument queryWidth = Argument.of(config.attention().queryWidth());
        try (NDManager scope = owner.newSubManager()) {
            Argument logits = Argument.of(scope.randomNormal(new Shape(rows, vocabulary())));
            List<Argument> drawn = draws.arguments(scope);
            Argument embeddings = Argument.of(weights.embeddings);
            Argument layers = Argument.of(weights.layers);
            Argument head = Argument.of(weights.head);
            List<Runnable> parts = List.of(
                    () -> decode(ids, positions),
                    () -> infer("all_products", embeddings, layers, head, count, queryWidth),
                    () -> infer("all_attention", Argument.of(cache), count, span, queryWidth),
                    () -> infer("choose", logits, drawn.get(0), drawn.get(1)),
                    () -> choose("nothing", count, span));
            double[] best = new double[parts.size()];
            Arrays.fill(best, Double.POSITIVE_INFINITY);
            // By turns, so that what else the machine does falls on all parts alike.
            for (int i = 0; i < repetitions; i++) {
                for (int part = 0; part < best.length; part++) {
                    best[part] = Math.min(best[part], time(parts.get(part)));
                }
            }
            return new StepCosts(best[0], best[1], best[2], best[3], best[4]);
        }
    }

    private static double time(Runnable call) {
        long start = System.nanoTime();
        call.run();
        return System.nanoTime() - start;
    }

    private void infer(String method, Argument... arguments) {
        try (NDManager scope = owner.newSubManager()) {
            kernels.infer(scope, method, arguments);
        }
    }

    /** Copies the first positions of a slot into {@code count} slots from {@code to} on. */
    void copySlot(int source, int to, int count, int positions) {
        infer(
                "copy_slot",
                Argument.of(cache),
                Argument.of(source),
                Argument.of(to),
                Argument.of(count),
                Argument.of(positions));
    }

    /** Makes a slot's numbers finite again: even hidden ones spoil a sum if they are not. */
    void clearSlot(int slot) {
        infer("clear_slot", Argument.of(cache), Argument.of(slot));
    }

    private int span(int longest) {
        return Math.min(capacity, (longest + SPAN_STEP - 1) / SPAN_STEP * SPAN_STEP);
    }

    @Override
    public void close() {
        owner.close();
    }
}
