package dev.plumbline.lm;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.Parameters;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.AdapterCheckpoint;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.checkpoint.CheckpointWriter;
import dev.plumbline.lm.checkpoint.TensorContent;
import dev.plumbline.lm.checkpoint.WeightSource;
import dev.plumbline.lm.decoder.Decoder;
import dev.plumbline.lm.decoder.Learner;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * A model that learns: float32 weights, and the gradients and AdamW's moments of those that learn. Confine it to one caller at
 * a time.
 *
 * <p>One optimizer step is any number of {@link #accumulate} calls, then {@link #step}.
 */
public final class TrainableModel implements AutoCloseable {
    private final Path origin;
    private final Learned learned;
    private final Decoder decoder;
    private final Learner learner;
    private final ComputeSettings settings;
    private CheckpointWriter writer;
    private ModelConfig config;

    /** Whether gradients wait for a step. */
    private boolean accumulated;

    private TrainableModel(
            Path origin, Learned learned, Decoder decoder, CheckpointWriter writer, ComputeSettings settings) {
        this.origin = origin;
        this.learned = learned;
        this.settings = settings;
        this.decoder = decoder;
        this.learner = new Learner(decoder);
        this.writer = writer;
        this.config = decoder.layout().config();
    }

    /** Loads a checkpoint with weights; see {@link #load(Path, Start, ComputeSettings)}. */
    public static TrainableModel load(Path checkpointDirectory, ComputeSettings settings) {
        return load(checkpointDirectory, new Start.AsStored(), settings);
    }

    /** Loads a checkpoint, all of which learns; see {@link #load(Path, Start, Learning, ComputeSettings)}. */
    public static TrainableModel load(Path checkpointDirectory, Start start, ComputeSettings settings) {
        return load(checkpointDirectory, start, Learning.USUAL, settings);
    }

    /**
     * Loads a checkpoint in Hugging Face layout.
     *
     * @throws InvalidModelException if it cannot be used, with all that is wrong
     */
    public static TrainableModel load(
            Path checkpointDirectory, Start start, Learning learning, ComputeSettings settings) {
        Checkpoint checkpoint = Checkpoint.open(checkpointDirectory);
        ModelConfig config = checkpoint.config().withHead(start.head(checkpoint.config()));
        DecoderLayout layout = new DecoderLayout(config);
        CheckpointWriter writer = new CheckpointWriter(checkpoint, config);
        Parameters parameters = learning.learned().parameters(layout);
        WeightSource weights = learning.learned().weights(parameters, start.weights(checkpoint, layout));
        Decoder decoder = Decoder.load(parameters, weights, learning.gradients(), settings);
        return new TrainableModel(checkpointDirectory, learning.learned(), decoder, writer, settings);
    }

    public ModelConfig config() {
        return config;
    }

    /**
     * Adds a constant to all scores and values from now on, also of the model that is saved. Its bias is no weight: it is
     * not learnt.
     *
     * @throws IllegalStateException if the model has no score head
     */
    public void shiftScores(double by) {
        config = config.withScoreBias(config.scoreBias() + by);
        writer = writer.withScoreBias(config.scoreBias());
    }

    /** How it computes. */
    public ComputeSettings settings() {
        return settings;
    }

    /** Computes the outputs of a micro-batch without gradients, in the shapes in which {@link #accumulate} does. */
    public Outputs evaluate(MicroBatch batch) {
        BatchParts parts = new BatchParts(batch, config, settings);
        return parts.outputs(decoder.evaluate(parts.packed()));
    }

    /**
     * One forward pass, the loss, and one backward pass on the same graph, whose gradients are added to those accumulated
     * since the last step. On several threads of the processor a micro-batch is learnt in two halves side by side, if
     * it can be cut evenly: its activations take no more memory than those of the whole, its gradients that of one more copy.
     *
     * @param loss from the outputs to the derivatives of the loss with respect to them
     */
    public void accumulate(MicroBatch batch, Function<Outputs, OutputDerivatives> loss) {
        BatchParts parts = new BatchParts(batch, config, settings);
        learner.accumulate(parts.packed(), numbers -> parts.derivatives(loss.apply(parts.outputs(numbers))));
        accumulated = true;
    }

    /** Global L2 norm of the gradients accumulated since the last step. */
    public double gradientNorm() {
        return learner.gradientNorm();
    }

    /**
     * Global L2 norm of the gradients that are accumulated meanwhile, by themselves. Needs the memory of one more copy of
     * all gradients.
     *
     * @param addition accumulates them
     */
    public double normOfAdded(Runnable addition) {
        return learner.normOfAdded(addition);
    }

    /**
     * Clips, takes one optimizer step, and sets the gradients to zero.
     *
     * @param learningRate 0 or more
     * @return the gradients' global L2 norm before clipping
     * @throws ArithmeticException if that norm is NaN or infinite; weights and moments are then unchanged, and the
     *     gradients are zero
     */
    public double step(AdamW optimizer, double learningRate) {
        if (!(learningRate >= 0) || Double.isInfinite(learningRate)) {
            throw new IllegalArgumentException("learningRate must be >= 0 and finite, got " + learningRate);
        }
        if (!accumulated) {
            throw new IllegalStateException("no gradients were accumulated since the last step");
        }
        accumulated = false;
        double norm = learner.step(new Learner.AdamWNumbers(
                learningRate,
                optimizer.beta1(),
                optimizer.beta2(),
                optimizer.epsilon(),
                optimizer.weightDecay(),
                optimizer.decayAll(),
                optimizer.maxGradientNorm()));
        if (!Double.isFinite(norm)) {
            throw new ArithmeticException("the gradient norm is " + norm
                    + "; the weights were not changed. Lower the learning rate, or look for a loss that is not finite");
        }
        return norm;
    }

    /**
     * A moving average of the weights that begins with them as they are now.
     *
     * @throws IllegalStateException if adapters learn, and not all of the model
     */
    public WeightAverage average() {
        if (hasAdapters()) {
            throw new IllegalStateException(
                    "nothing but adapters learns, so that the weights have no average of interest");
        }
        return new WeightAverage(decoder, writer);
    }

    /**
     * Writes the model as transformers reads it, adapters added to their maps, beside its place first, so that it is there
     * in full or not at all.
     *
     * @param newDirectory must not exist
     */
    public void save(Path newDirectory) {
        List<TensorContent> weights = decoder.layout().tensors().stream()
                .map(tensor -> new TensorContent(tensor, () -> decoder.readMerged(tensor)))
                .toList();
        writer.write(newDirectory, weights);
    }

    /**
     * Writes the adapters, and the score head if there is one, as PEFT reads them; with the directory that the model was
     * loaded from they are all of it.
     *
     * @param newDirectory must not exist
     * @throws IllegalStateException if all of the model learns
     */
    public void saveAdapters(Path newDirectory) {
        if (!(learned instanceof Learned.Adapters adapters)) {
            throw new IllegalStateException("all of the model learns, it has no adapters; save it whole");
        }
        List<TensorContent> contents = decoder.parameters().learned().stream()
                .map(tensor -> new TensorContent(tensor, () -> decoder.read(tensor)))
                .toList();
        AdapterCheckpoint.write(newDirectory, origin, decoder.layout(), adapters.lora(), contents);
    }

    /**
     * Takes over what {@link #saveAdapters} wrote of a model that was loaded from the same directory.
     *
     * @throws InvalidModelException if the files do not fit this model, which then is unchanged
     */
    public void restoreAdapters(Path directory) {
        AdapterCheckpoint saved =
                AdapterCheckpoint.open(directory, decoder.parameters().learned());
        decoder.parameters().learned().forEach(tensor -> decoder.write(tensor, saved));
    }

    /** Whether adapters learn, and not all of the model. */
    public boolean hasAdapters() {
        return learned instanceof Learned.Adapters;
    }

    /**
     * Writes AdamW's moments and step count exactly: with them and {@link #save saved} weights or {@link #saveAdapters
     * adapters}, learning goes on bit by bit as if it had not stopped.
     *
     * @param file is replaced if it exists
     */
    public void saveTrainingState(Path file) {
        if (accumulated) {
            throw new IllegalStateException("gradients are accumulated; take the step before saving");
        }
        learner.save(file);
    }

    /**
     * Takes over what {@link #saveTrainingState} wrote.
     *
     * @throws InvalidModelException if the file does not fit this model, which then is unchanged
     */
    public void restoreTrainingState(Path file) {
        learner.restore(file);
    }

    /** A weight's elements. */
    float[] weights(TensorSpec tensor) {
        float[] elements = new float[tensor.size()];
        decoder.read(tensor).asFloatBuffer().get(elements);
        return elements;
    }

    /** The gradient accumulated for a weight. */
    float[] gradient(TensorSpec tensor) {
        return learner.gradient(tensor);
    }

    Parameters parameters() {
        return decoder.parameters();
    }

    DecoderLayout layout() {
        return decoder.layout();
    }

    @Override
    public void close() {
        decoder.close();
    }
}
