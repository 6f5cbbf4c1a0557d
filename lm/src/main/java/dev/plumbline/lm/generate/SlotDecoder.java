package dev.plumbline.lm.generate;

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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

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

    private SlotDecoder(NDManager owner, Checkpoint checkpoint, EngineSettings settings) {
        DecoderLayout layout = new DecoderLayout(checkpoint.config());
        this.owner = owner;
        this.config = checkpoint.config();
        this.kernels = Kernels.load(owner, source(layout));
        this.capacity = Math.min(settings.maxLength(), config.maxPositions());
        boolean packable = settings.compute().device() instanceof ComputeDevice.Cpu;
        ProductForms forms = new ProductForms(kernels, packable, settings.slots(), System::nanoTime);
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
    }

    /**
     * Reads a checkpoint and allocates the slots.
     *
     * @throws InvalidModelException if the checkpoint has no weights or no head over the vocabulary
     */
    static SlotDecoder load(Path checkpointDirectory, EngineSettings settings) {
        Checkpoint checkpoint = Checkpoint.open(checkpointDirectory);
        if (checkpoint.config().head() != HeadKind.CAUSAL) {
            throw new InvalidModelException(
                    checkpointDirectory.toString(),
                    List.of("it gives a score, not text; generate with a ...ForCausalLM checkpoint"));
        }
        Torch.use(settings.compute());
        NDManager owner = Torch.newManager(settings.compute());
        try {
            return new SlotDecoder(owner, checkpoint, settings);
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
                + resource("choose.py")
                + resource("fuse.py")
                + resource(gated ? "swiglu.py" : "gelu.py")
                + resource(layerNorm ? "layer_norm.py" : "rms_norm.py")
                        .replace("EPSILON", Double.toString(config.normEpsilon()))
                + "  def windows(self) -> List[int]:\n    return " + windows + "\n";
    }

    private static String resource(String name) {
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

    /**
     * One more token for each sequence of the first slots.
     *
     * @param ids the last token of each, which is not in its slot yet
     * @param positions where it stands
     */
    ChosenTokens decode(int[] ids, int[] positions, Draws draws) {
        int rows = ids.length;
        long[] tokens = new long[3 * rows];
        int longest = 0;
        for (int row = 0; row < rows; row++) {
            tokens[row] = ids[row];
            tokens[rows + row] = positions[row];
            tokens[2 * rows + row] = row;
            longest = Math.max(longest, positions[row] + 1);
        }
        try (NDManager scope = owner.newSubManager()) {
            return chosen(kernels.infer(
                    scope,
                    "decode",
                    Argument.of(scope.create(tokens, new Shape(3, rows))),
                    Argument.of(cache),
                    Argument.of(weights.embeddings),
                    Argument.of(weights.rotation),
                    Argument.of(weights.layers),
                    Argument.of(weights.head),
                    Argument.of(weights.floors),
                    Argument.of(span(longest)),
                    Argument.of(draws.numbers(scope)),
                    Argument.of(draws.kind()),
                    Argument.of(draws.width()),
                    Argument.of(draws.forbidden(scope))));
        }
    }

    /**
     * Appends tokens to a slot, and chooses what follows them.
     *
     * @param start how many positions the slot holds already
     * @param draws one for each token that is wanted; they do not depend on each other
     */
    ChosenTokens extend(int slot, int start, int[] ids, Draws draws) {
        int count = ids.length;
        long[] tokens = new long[3 * count];
        for (int i = 0; i < count; i++) {
            tokens[i] = ids[i];
            tokens[count + i] = (long) start + i;
            tokens[2 * count + i] = slot;
        }
        try (NDManager scope = owner.newSubManager()) {
            return chosen(kernels.infer(
                    scope,
                    "extend",
                    Argument.of(scope.create(tokens, new Shape(3, count))),
                    Argument.of(cache),
                    Argument.of(weights.embeddings),
                    Argument.of(weights.rotation),
                    Argument.of(weights.layers),
                    Argument.of(weights.head),
                    Argument.of(weights.floors),
                    Argument.of(slot),
                    Argument.of(span(start + count)),
                    Argument.of(draws.numbers(scope)),
                    Argument.of(draws.kind()),
                    Argument.of(draws.width()),
                    Argument.of(draws.forbidden(scope))));
        }
    }

    /** Copies the first positions of a slot into {@code count} slots from {@code to} on. */
    void copySlot(int source, int to, int count, int positions) {
        try (NDManager scope = owner.newSubManager()) {
            kernels.infer(
                    scope,
                    "copy_slot",
                    Argument.of(cache),
                    Argument.of(source),
                    Argument.of(to),
                    Argument.of(count),
                    Argument.of(positions));
        }
    }

    /** Makes a slot's numbers finite again: even hidden ones spoil a sum if they are not. */
    void clearSlot(int slot) {
        try (NDManager scope = owner.newSubManager()) {
            kernels.infer(scope, "clear_slot", Argument.of(cache), Argument.of(slot));
        }
    }

    private int span(int longest) {
        return Math.min(capacity, (longest + SPAN_STEP - 1) / SPAN_STEP * SPAN_STEP);
    }

    private static ChosenTokens chosen(NDList result) {
        return new ChosenTokens(result.singletonOrThrow().toDoubleArray());
    }

    @Override
    public void close() {
        owner.close();
    }
}
