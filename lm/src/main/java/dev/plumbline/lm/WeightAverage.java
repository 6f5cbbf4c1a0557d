package dev.plumbline.lm;

import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.checkpoint.CheckpointWriter;
import dev.plumbline.lm.checkpoint.TensorContent;
import dev.plumbline.lm.decoder.AveragedWeights;
import dev.plumbline.lm.decoder.Decoder;
import java.nio.file.Path;
import java.util.List;

/**
 * An exponential moving average of a model's weights (Polyak and Juditsky 1992; 0.992 in Ouyang et al. 2022, appendix
 * C.4): a model of its own, often better than the last weights. Lives as long as the model, and is confined like it.
 */
public final class WeightAverage {
    private final Decoder decoder;
    private final AveragedWeights averages;
    private final CheckpointWriter writer;

    WeightAverage(Decoder decoder, CheckpointWriter writer) {
        this.decoder = decoder;
        this.averages = new AveragedWeights(decoder);
        this.writer = writer;
    }

    /**
     * average ← decay · average + (1 − decay) · weights, in float32.
     *
     * @param decay in [0, 1): 0 is the weights themselves
     */
    public void update(double decay) {
        if (!(decay >= 0 && decay < 1)) {
            throw new IllegalArgumentException("decay must be in [0, 1), got " + decay);
        }
        averages.update(decay);
    }

    /**
     * Writes the average as a model that transformers reads, exactly.
     *
     * @param newDirectory must not exist
     */
    public void save(Path newDirectory) {
        List<TensorContent> weights = decoder.layout().tensors().stream()
                .map(tensor -> new TensorContent(tensor, () -> averages.read(tensor)))
                .toList();
        writer.write(newDirectory, weights);
    }

    /**
     * Takes over what {@link #save} wrote: averaging goes on bit by bit as if it had not stopped.
     *
     * @throws InvalidModelException if the directory does not hold an average of this model
     */
    public void restore(Path directory) {
        averages.restore(new Start.AsStored().weights(Checkpoint.open(directory), decoder.layout()));
    }
}
