package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.architecture.Lora;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.decoder.GradientForm;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecomputedLayersTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);
    private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-8, 0.1, false, 1);

    @TempDir
    Path root;

    @Test
    void giveTheSameGradientsBitByBit() throws IOException {
        Learned all = new Learned.Everything();
        expectSame(
                SmallModel.qwen3(root.resolve("qwen3")),
                new Start.StoredOrRandom(3),
                all,
                TrainableModelTest::derivatives);
        expectSame(
                SmallModel.gpt2(root.resolve("gpt2")),
                new Start.StoredOrRandom(3),
                all,
                TrainableModelTest::derivatives);
    }

    @Test
    void giveTheSameGradientsOfAdaptersBitByBit() throws IOException {
        expectSame(
                SmallModel.qwen3(root.resolve("qwen3")),
                new Start.StoredOrRandom(3),
                new Learned.Adapters(new Lora(3, 6, List.of("q_proj", "down_proj")), 5),
                TrainableModelTest::derivatives);
    }

    @Test
    void giveTheSameGradientsOfScoresBitByBit() throws IOException {
        Path causal = root.resolve("causal");
        try (TrainableModel model =
                TrainableModel.load(SmallModel.gpt2(root.resolve("gpt2")), new Start.StoredOrRandom(3), SETTINGS)) {
            model.save(causal);
        }
        expectSame(
                causal,
                new Start.RewardHead(1),
                new Learned.Everything(),
                outputs -> OutputDerivatives.ofScores(new float[] {1, -2, 0.5f}));
    }

    @Test
    void giveTheSameGradientsInBfloat16BitByBit() throws IOException {
        expectSame(
                SmallModel.qwen3(root.resolve("qwen3")),
                new Start.StoredOrRandom(3),
                new Learned.Everything(),
                new GradientForm(true, true),
                TrainableModelTest::derivatives);
    }

    @Test
    void leaveOutTheSameElementsAgain() throws IOException {
        Path qwen3 = SmallModel.qwen3(root.resolve("qwen3"));
        Start start = new Start.StoredOrRandom(3);
        expectSame(
                qwen3,
                start,
                new Learned.Everything(),
                new GradientForm(true, false, 0.2),
                TrainableModelTest::derivatives);
        expectSame(
                qwen3,
                start,
                new Learned.Adapters(new Lora(3, 6, List.of("q_proj", "down_proj")), 5),
                new GradientForm(true, true, 0.2),
                TrainableModelTest::derivatives);
    }

    private static void expectSame(
            Path directory, Start start, Learned learned, Function<Outputs, OutputDerivatives> loss) {
        expectSame(directory, start, learned, new GradientForm(true, false), loss);
    }

    private static void expectSame(
            Path directory,
            Start start,
            Learned learned,
            GradientForm form,
            Function<Outputs, OutputDerivatives> loss) {
        Learning keeping = new Learning(learned, new GradientForm(false, form.bfloat16(), form.dropout()));
        Learning recomputing = new Learning(learned, form);
        try (TrainableModel kept = TrainableModel.load(directory, start, keeping, SETTINGS);
                TrainableModel recomputed = TrainableModel.load(directory, start, recomputing, SETTINGS)) {
            for (int step = 0; step < 3; step++) {
                for (int part = 0; part < 2; part++) {
                    MicroBatch batch = ResidualDropoutTest.seeded(TrainableModelTest.batch(2L * step + part));
                    kept.accumulate(batch, loss);
                    recomputed.accumulate(batch, loss);
                }
                for (TensorSpec tensor : kept.parameters().learned()) {
                    assertThat(recomputed.gradient(tensor)).as(tensor.name()).isEqualTo(kept.gradient(tensor));
                }
                assertThat(recomputed.step(OPTIMIZER, 1e-2))
                        .isEqualTo(kept.step(OPTIMIZER, 1e-2))
                        .isPositive();
            }
        }
    }
}
