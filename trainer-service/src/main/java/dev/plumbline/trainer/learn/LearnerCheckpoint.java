package dev.plumbline.trainer.learn;

import dev.plumbline.lm.TrainableModel;
import java.nio.file.Path;

/** One model that learns, in a checkpoint's directory: its weights as a directory of their own, and its moments. */
public final class LearnerCheckpoint {
    private final Path weights;
    private final Path moments;

    /** @param name of the model in the checkpoint */
    public LearnerCheckpoint(Path directory, String name) {
        this.weights = directory.resolve(name);
        this.moments = directory.resolve(name + ".moments");
    }

    /** Where the weights are, in Hugging Face layout. */
    public Path weights() {
        return weights;
    }

    public void write(TrainableModel model) {
        model.save(weights);
        model.saveTrainingState(moments);
    }

    /** Gives a model that was loaded from the weights its moments back. */
    public void restoreMoments(TrainableModel model) {
        model.restoreTrainingState(moments);
    }
}
