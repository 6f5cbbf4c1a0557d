package dev.plumbline.lm.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.WeightSource;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.nio.ByteBuffer;
import java.util.List;

/** A decoder in native memory: its weights and its compiled methods. One caller at a time. */
public final class Decoder implements AutoCloseable {
    private final DecoderLayout layout;
    private final NDManager owner;
    private final NDList weights;
    private final Kernels kernels;

    private Decoder(DecoderLayout layout, NDManager owner, NDList weights, Kernels kernels) {
        this.layout = layout;
        this.owner = owner;
        this.weights = weights;
        this.kernels = kernels;
    }

    /** Loads the weights and compiles the methods. */
    public static Decoder load(DecoderLayout layout, WeightSource source, ComputeSettings settings) {
        Torch.use(settings);
        NDManager owner = Torch.newManager(settings);
        try {
            NDList weights = NativeWeights.load(owner, layout, source);
            Kernels kernels = Kernels.load(owner, new DecoderMethods(layout, settings.logitsBytes()).source());
            return new Decoder(layout, owner, weights, kernels);
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    public DecoderLayout layout() {
        return layout;
    }

    /**
     * Computes without gradients.
     *
     * @return per output one number per row: log-probabilities and entropies in nats, or scores
     */
    public List<float[]> evaluate(PackedBatch batch) {
        try (NDManager scope = owner.newSubManager()) {
            NDList outputs = kernels.infer(scope, "evaluate", arguments(scope, batch));
            return outputs.stream().map(NDArray::toFloatArray).toList();
        }
    }

    /** The arguments that {@code evaluate} and {@code forward} take. */
    Argument[] arguments(NDManager scope, PackedBatch batch) {
        return new Argument[] {
            Argument.of(scope.create(batch.ids(), new Shape(1, batch.ids().length))),
            Argument.of(scope.create(batch.positions(), new Shape(1, batch.ids().length))),
            rectangle(scope, batch.roots()),
            Argument.of(scope.create(batch.lengths())),
            rectangle(scope, batch.branches()),
            Argument.of(scope.create(batch.rootOf())),
            Argument.of(scope.create(batch.back())),
            Argument.of(scope.create(batch.rows())),
            Argument.of(scope.create(batch.targets())),
            Argument.of(scope.create(batch.temperature())),
            Argument.of(weights)
        };
    }

    private static Argument rectangle(NDManager scope, PackedBatch.Rectangle rectangle) {
        return Argument.of(scope.create(rectangle.places(), new Shape(rectangle.rows(), rectangle.width())));
    }

    /** A tensor's elements; the buffer is valid until the next call that changes the weights. */
    public ByteBuffer read(TensorSpec tensor) {
        return Torch.memory(weights.get(layout.index(tensor.name())));
    }

    NDManager owner() {
        return owner;
    }

    NDList weights() {
        return weights;
    }

    Kernels kernels() {
        return kernels;
    }

    @Override
    public void close() {
        owner.close();
    }
}
