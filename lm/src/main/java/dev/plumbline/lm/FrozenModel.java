package dev.plumbline.lm;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.Parameters;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.decoder.Decoder;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.List;

/** A model that no longer learns. Confine it to one caller at a time. */
public final class FrozenModel implements AutoCloseable {
    private final Decoder decoder;
    private final ComputeSettings settings;

    private FrozenModel(Decoder decoder, ComputeSettings settings) {
        this.decoder = decoder;
        this.settings = settings;
    }

    /**
     * Loads a checkpoint in Hugging Face layout.
     *
     * @throws InvalidModelException if it cannot be used, with all that is wrong
     */
    public static FrozenModel load(Path checkpointDirectory, ComputeSettings settings) {
        Checkpoint checkpoint = Checkpoint.open(checkpointDirectory);
        return new FrozenModel(
                Decoder.load(Parameters.full(new DecoderLayout(checkpoint.config())), checkpoint, settings), settings);
    }

    public ModelConfig config() {
        return decoder.layout().config();
    }

    /**
     * Computes the outputs of a micro-batch. A prompt that several of its sequences have, which is to say the same ids up to
     * {@code promptLength}, is computed once.
     */
    public Outputs evaluate(MicroBatch batch) {
        BatchParts parts = new BatchParts(batch, config(), settings);
        return parts.outputs(decoder.evaluate(parts.packed()));
    }

    /** The same of any number of sequences, in parts that keep to a budget. */
    public Outputs evaluate(MicroBatch batch, TokenBudget budget) {
        List<List<Integer>> parts = budget.parts(batch.sequences());
        List<Outputs> outputs =
                parts.stream().map(part -> evaluate(batch.chosen(part))).toList();
        return Outputs.scattered(outputs, parts);
    }

    @Override
    public void close() {
        decoder.close();
    }
}
