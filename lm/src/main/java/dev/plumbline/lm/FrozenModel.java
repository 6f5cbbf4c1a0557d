package dev.plumbline.lm;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.decoder.Decoder;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;

/** A model that no longer learns. Confine it to one caller at a time. */
public final class FrozenModel implements AutoCloseable {
    private final Decoder decoder;

    private FrozenModel(Decoder decoder) {
        this.decoder = decoder;
    }

    /**
     * Loads a checkpoint in Hugging Face layout.
     *
     * @throws InvalidModelException if it cannot be used, with all that is wrong
     */
    public static FrozenModel load(Path checkpointDirectory, ComputeSettings settings) {
        Checkpoint checkpoint = Checkpoint.open(checkpointDirectory);
        return new FrozenModel(Decoder.load(new DecoderLayout(checkpoint.config()), checkpoint, settings));
    }

    public ModelConfig config() {
        return decoder.layout().config();
    }

    /** Computes the outputs of a micro-batch. */
    public Outputs evaluate(MicroBatch batch) {
        return evaluate(decoder, batch);
    }

    static Outputs evaluate(Decoder decoder, MicroBatch batch) {
        BatchRows rows = new BatchRows(batch, decoder.layout().config());
        return rows.isEmpty() ? rows.emptyOutputs() : rows.outputs(decoder.evaluate(rows.toRowBatch()));
    }

    @Override
    public void close() {
        decoder.close();
    }
}
