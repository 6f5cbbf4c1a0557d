package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.decoder.GradientForm;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Bfloat16LearningTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);
    private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-8, 0.1, false, 1);
    private static final Learning BFLOAT16 = new Learning(new Learned.Everything(), new GradientForm(false, true));
    private static final int STEPS = 40;

    /** bfloat16 has 8 bits of mantissa, so that a logit of 4 is known to 1 / 64. */
    private static final double LOSS_BOUND = 0.02;

    @TempDir
    Path root;

    @Test
    void theLossFallsAsItDoesInFloat32() throws IOException {
        expectTheSameCurve(SmallModel.qwen3(root.resolve("qwen3")));
        expectTheSameCurve(SmallModel.gpt2(root.resolve("gpt2")));
    }

    private static void expectTheSameCurve(Path directory) {
        try (TrainableModel exact = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS);
                TrainableModel rounded =
                        TrainableModel.load(directory, new Start.StoredOrRandom(3), BFLOAT16, SETTINGS)) {
            double[] losses = new double[STEPS];
            for (int step = 0; step < STEPS; step++) {
                losses[step] = learn(exact, step % 4);
                assertThat(learn(rounded, step % 4))
                        .as("loss of %s before step %d", directory.getFileName(), step)
                        .isCloseTo(losses[step], within(LOSS_BOUND * losses[step]));
            }
            assertThat(losses[STEPS - 1]).isLessThan(losses[0] - 0.5);
        }
    }

    private static double learn(TrainableModel model, int seed) {
        double[] loss = new double[1];
        model.accumulate(TrainableModelTest.batch(seed), outputs -> {
            loss[0] = TrainableModelTest.loss(outputs);
            return TrainableModelTest.derivatives(outputs);
        });
        model.step(OPTIMIZER, 3e-3);
        return loss[0];
    }

    @Test
    void evaluationSaysTheSameAsTheForwardPassOfLearning() throws IOException {
        MicroBatch batch = TrainableModelTest.batch(0);
        try (TrainableModel model = TrainableModel.load(
                SmallModel.qwen3(root.resolve("start")), new Start.StoredOrRandom(3), BFLOAT16, SETTINGS)) {
            float[][] evaluated = model.evaluate(batch).logProbs();
            model.accumulate(batch, outputs -> {
                assertThat(outputs.logProbs()).isDeepEqualTo(evaluated);
                return TrainableModelTest.derivatives(outputs);
            });
        }
    }

    @Test
    void weightsAreKeptAndWrittenInFloat32() throws IOException {
        try (TrainableModel model = TrainableModel.load(
                SmallModel.gpt2(root.resolve("start")), new Start.StoredOrRandom(3), BFLOAT16, SETTINGS)) {
            learn(model, 0);
            model.save(root.resolve("saved"));
            try (TrainableModel saved = TrainableModel.load(root.resolve("saved"), SETTINGS)) {
                for (TensorSpec tensor : model.layout().tensors()) {
                    assertThat(saved.weights(tensor)).as(tensor.name()).isEqualTo(model.weights(tensor));
                }
                TensorSpec embedding = model.layout().tensors().get(0);
                assertThat(saved.weights(embedding)[1]).isNotEqualTo(bfloat16(saved.weights(embedding)[1]));
            }
        }
    }

    private static float bfloat16(float value) {
        return Float.intBitsToFloat(Float.floatToIntBits(value) & 0xFFFF0000);
    }
}
