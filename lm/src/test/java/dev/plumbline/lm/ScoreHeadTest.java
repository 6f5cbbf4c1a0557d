package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreHeadTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);

    @TempDir
    Path root;

    @Test
    void aRewardHeadIsRandomBySeedAndAValueHeadIsZero() throws IOException {
        Path causal = SmallModel.withWeights(SmallModel.gpt2(root.resolve("start")));
        try (TrainableModel language = TrainableModel.load(causal, SETTINGS);
                TrainableModel reward = TrainableModel.load(causal, new Start.RewardHead(1), SETTINGS);
                TrainableModel same = TrainableModel.load(causal, new Start.RewardHead(1), SETTINGS);
                TrainableModel other = TrainableModel.load(causal, new Start.RewardHead(2), SETTINGS);
                TrainableModel critic = TrainableModel.load(causal, new Start.ValueHead(), SETTINGS)) {
            assertThat(reward.config().head()).isEqualTo(HeadKind.SCORE);
            TensorSpec head = reward.layout().tensors().get(reward.layout().index("score.weight"));
            assertThat(reward.weights(head)).isEqualTo(same.weights(head)).isNotEqualTo(other.weights(head));
            assertThat(reward.config().scoreBias()).isZero();
            assertThat(List.of(critic.evaluate(TrainableModelTest.batch(0)).values()))
                    .allSatisfy(row -> assertThat(row).containsOnly(0f));
            TensorSpec embedding = reward.layout().tensors().get(0);
            assertThat(reward.weights(embedding))
                    .isEqualTo(critic.weights(embedding))
                    .isEqualTo(language.weights(embedding));
        }
    }

    @Test
    void aNewRewardHeadIsNormalWithTheDeviationOfStiennon() throws IOException {
        Checkpoint trunk = Checkpoint.open(SmallModel.gpt2(root.resolve("start")));
        DecoderLayout layout = new DecoderLayout(trunk.config().withHead(HeadKind.SCORE));
        TensorSpec head = layout.tensors().get(layout.index("score.weight"));
        int seeds = 400;
        double sum = 0;
        double squares = 0;
        for (long seed = 0; seed < seeds; seed++) {
            ByteBuffer memory =
                    ByteBuffer.allocateDirect(head.size() * Float.BYTES).order(ByteOrder.nativeOrder());
            new Start.RewardHead(seed).weights(trunk, layout).read(head, memory);
            for (int i = 0; i < head.size(); i++) {
                double weight = memory.getFloat(i * Float.BYTES);
                sum += weight;
                squares += weight * weight;
            }
        }
        int n = seeds * head.size();
        double deviation = 1 / Math.sqrt(layout.config().hiddenSize() + 1.0);
        // Four standard errors each.
        assertThat(sum / n).isCloseTo(0, within(4 * deviation / Math.sqrt(n)));
        assertThat(Math.sqrt(squares / n)).isCloseTo(deviation, within(4 * deviation / Math.sqrt(2.0 * n)));
    }

    @Test
    void aBiasShiftsAllScoresAndIsKeptInTheCheckpointAndOutOfLearning() throws IOException {
        Path causal = SmallModel.withWeights(SmallModel.gpt2(root.resolve("start")));
        MicroBatch batch = TrainableModelTest.batch(0);
        try (TrainableModel plain = TrainableModel.load(causal, new Start.RewardHead(1), SETTINGS);
                TrainableModel shifted = TrainableModel.load(causal, new Start.RewardHead(1), SETTINGS)) {
            shifted.shiftScores(-2);
            shifted.shiftScores(0.25);
            Outputs before = plain.evaluate(batch);
            requireShifted(shifted.evaluate(batch), before, -1.75f);

            shifted.save(root.resolve("saved"));
            try (FrozenModel frozen = FrozenModel.load(root.resolve("saved"), SETTINGS);
                    TrainableModel critic = TrainableModel.load(root.resolve("saved"), SETTINGS)) {
                assertThat(frozen.config().scoreBias()).isEqualTo(-1.75);
                requireShifted(frozen.evaluate(batch), before, -1.75f);
                requireShifted(critic.evaluate(batch), before, -1.75f);
            }

            Function<Outputs, OutputDerivatives> ones = outputs -> OutputDerivatives.ofScores(new float[] {1, 1, 1});
            plain.accumulate(batch, ones);
            shifted.accumulate(batch, ones);
            assertThat(shifted.gradientNorm()).isEqualTo(plain.gradientNorm());
        }
        try (TrainableModel language = TrainableModel.load(causal, SETTINGS)) {
            assertThatThrownBy(() -> language.shiftScores(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("only a score head has a bias, this is a CAUSAL head");
        }
    }

    private static void requireShifted(Outputs actual, Outputs before, float by) {
        for (int i = 0; i < before.scores().length; i++) {
            assertThat(actual.scores()[i]).isCloseTo(before.scores()[i] + by, within(1e-5f));
            for (int t = 0; t < before.values()[i].length; t++) {
                assertThat(actual.values()[i][t]).isCloseTo(before.values()[i][t] + by, within(1e-5f));
            }
        }
    }
}
