package dev.plumbline.lm.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.Adapter;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.Parameters;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.WeightSource;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.SideBySide;
import dev.plumbline.lm.torch.Torch;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A decoder in native memory: its weights and its compiled methods. One caller at a time. */
public final class Decoder implements AutoCloseable {
    private final Parameters parameters;
    private final NDManager owner;
    private final NDList weights;
    private final Kernels kernels;
    private final ComputeSettings settings;

    /** With which it learns. */
    private final double dropout;

    private Decoder(
            Parameters parameters,
            NDManager owner,
            NDList weights,
            Kernels kernels,
            ComputeSettings settings,
            double dropout) {
        this.parameters = parameters;
        this.settings = settings;
        this.owner = owner;
        this.weights = weights;
        this.kernels = kernels;
        this.dropout = dropout;
    }

    /** Loads a decoder whose gradients, if any, are computed in the usual way. */
    public static Decoder load(Parameters parameters, WeightSource source, ComputeSettings settings) {
        return load(parameters, source, GradientForm.USUAL, settings);
    }

    /** Loads the weights, adapters included, and compiles the methods. */
    public static Decoder load(
            Parameters parameters, WeightSource source, GradientForm gradients, ComputeSettings settings) {
        Torch.use(settings);
        NDManager owner = Torch.newManager(settings);
        try {
            NDList weights = NativeWeights.load(owner, parameters.tensors(), source);
            Kernels kernels =
                    Kernels.load(owner, new DecoderMethods(parameters, gradients, settings.logitsBytes()).source());
            return new Decoder(parameters, owner, weights, kernels, settings, gradients.dropout());
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    public DecoderLayout layout() {
        return parameters.layout();
    }

    public Parameters parameters() {
        return parameters;
    }

    /**
     * Computes without gradients, two batches side by side.
     *
     * @param batches at most two
     * @return per batch and output one number per row: log-probabilities and entropies in nats, or scores
     */
    public List<List<float[]>> evaluate(List<PackedBatch> batches) {
        return SideBySide.map(settings, batches, this::evaluate);
    }

    private List<float[]> evaluate(PackedBatch batch) {
        try (NDManager scope = owner.newSubManager()) {
            NDList outputs = kernels.infer(scope, "evaluate", arguments(scope, batch, weights));
            return outputs.stream().map(NDArray::toFloatArray).toList();
        }
    }

    /**
     * The arguments that {@code forward} takes: with dropout the tokens' keys follow the others.
     *
     * @param weights those of this decoder, or others that stand for them
     */
    Argument[] learningArguments(NDManager scope, PackedBatch batch, NDList weights) {
        Argument[] arguments = arguments(scope, batch, weights);
        if (dropout == 0) {
            return arguments;
        }
        Argument[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = Argument.of(scope.create(Dropout.keys(batch), new Shape(1, batch.ids().length, 1)));
        return all;
    }

    /**
     * Checks that a batch can be learnt.
     *
     * @throws IllegalArgumentException if there is dropout, and nothing to draw from
     */
    void requireSeeds(PackedBatch batch) {
        if (dropout > 0 && batch.seeds().length == 0) {
            throw new IllegalArgumentException("the model learns with dropout " + dropout
                    + ", which is drawn by the seeds of the sequences; give the batch seeds");
        }
    }

    /** The arguments that {@code evaluate} takes. */
    private static Argument[] arguments(NDManager scope, PackedBatch batch, NDList weights) {
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
        return Torch.memory(weight(tensor));
    }

    /** A tensor of the layout with the adapter that it may have added to it, in a buffer of its own. */
    public ByteBuffer readMerged(TensorSpec tensor) {
        Optional<Adapter> adapter = parameters.adapter(tensor.name());
        return adapter.isEmpty() ? read(tensor) : merged(tensor, adapter.get());
    }

    private ByteBuffer merged(TensorSpec tensor, Adapter adapter) {
        try (NDManager scope = owner.newSubManager()) {
            return Torch.copy(kernels.infer(
                            scope,
                            adapter.map().inputMajor() ? "merged_input_major" : "merged",
                            Argument.of(weight(tensor)),
                            Argument.of(weight(adapter.down())),
                            Argument.of(weight(adapter.up())),
                            Argument.of(adapter.scale()))
                    .get(0));
        }
    }

    /** Overwrites a tensor. */
    public void write(TensorSpec tensor, WeightSource source) {
        try (NDManager scope = owner.newSubManager()) {
            NDList read = NativeWeights.load(scope, List.of(tensor), source);
            kernels.infer(scope, "assign", Argument.of(weight(tensor)), Argument.of(read.get(0)));
        }
    }

    /** Those of the weights that learn, in the order of {@link Parameters#learned}. */
    NDList learned(NDList weights) {
        NDList learned = new NDList();
        parameters.learned().forEach(tensor -> learned.add(weights.get(parameters.index(tensor.name()))));
        return learned;
    }

    private NDArray weight(TensorSpec tensor) {
        return weights.get(parameters.index(tensor.name()));
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

    ComputeSettings settings() {
        return settings;
    }

    @Override
    public void close() {
        owner.close();
    }
}
