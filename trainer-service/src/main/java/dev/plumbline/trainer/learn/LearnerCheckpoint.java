package dev.plumbline.trainer.learn;

import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.torch.SideBySide;
import java.nio.file.Path;

/**
 * One model that learns, in a checkpoint's directory: its weights as a directory of their own, or its adapters if only they
 * learn, and its moments.
 */
public final class LearnerCheckpoint {
    private final Path weights;
    private final Path moments;

    /** @param name of the model in the checkpoint */
    public LearnerCheckpoint(Path directory, String name) {
        this.weights = directory.resolve(name);
        this.moments = directory.resolve(name + ".moments");
    }

    /** Where the weights are, in Hugging Face layout, or the adapters, in PEFT's. */
    public Path weights() {
        return weights;
    }

    /** Writes both at once: one is copied while the disk takes the other. */
    public void write(TrainableModel model) {
        SideBySide.run(model.settings(), () -> writeWeights(model), () -> model.saveTrainingState(moments));
    }

    private void writeWeights(TrainableModel model) {
        if (model.hasAdapters()) {
            model.saveAdapters(weights);
        } else {
            model.save(weights);
        }
    }

    /** Gives its moments back to a model that was loaded from the weights, or its adapters and moments to one that has some. */
    public void restore(TrainableModel model) {
        if (model.hasAdapters()) {
            model.restoreAdapters(weights);
        }
        model.restoreTrainingState(moments);
    }
}
