package dev.plumbline.trainer.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.AdamW;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.rl.advantage.GeneralizedAdvantage;
import dev.plumbline.rl.loss.ClippedValueLoss;
import dev.plumbline.rl.schedule.Schedule;
import dev.plumbline.trainer.TestModels;
import dev.plumbline.trainer.answers.Episode;
import dev.plumbline.trainer.learn.OptimizerPlan;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CriticLearningTest {
    private static final int PROMPT = 2;
    private static final List<Episode> EPISODES = List.of(
            episode(false, 5, 6, 20, 21, 22),
            episode(true, 5, 7, 30, 31, 32, 33),
            episode(false, 8, 9, 40, 41),
            episode(true, 8, 6, 50));

    @Test
    void onlyACutAnswerIsWorthTheValueAtItsLastToken() {
        try (TrainableModel critic =
                TrainableModel.load(TestModels.checkpoint("llama"), new Start.RewardHead(3), ComputeSettings.cpu(1))) {
            float[][] atTheirEnd = advantages(critic, false);
            float[][] goingOn = advantages(critic, true);

            for (int row = 0; row < EPISODES.size(); row++) {
                Episode episode = EPISODES.get(row);
                float rest = episode.ended() ? 0 : valueAfter(critic, episode.sequence());
                assertThat(Math.abs(rest) > 1e-3).isNotEqualTo(episode.ended());
                for (int t = 0; t < atTheirEnd[row].length; t++) {
                    // With γ = λ = 1 an advantage is all that comes, less the value before its token.
                    assertThat(goingOn[row][t] - atTheirEnd[row][t])
                            .as("token %d of answer %d", t, row)
                            .isCloseTo(rest, within(1e-5f));
                }
            }
        }
    }

    /** Rewards of 0, unwhitened. */
    private static float[][] advantages(TrainableModel critic, boolean bootstrapsTruncated) {
        Baseline.Critic settings = new Baseline.Critic(
                new GeneralizedAdvantage(1, 1),
                false,
                false,
                new ClippedValueLoss(0.2),
                new OptimizerPlan(new AdamW(0.9, 0.95, 1e-5, 0, false, 1), 0, new Schedule.Constant()),
                bootstrapsTruncated);
        float[][] rewards =
                EPISODES.stream().map(Episode::behaviour).map(float[]::clone).toArray(float[][]::new);
        return new CriticLearning(settings, critic, 8, EPISODES, rewards).advantages();
    }

    /** What the critic says before the token that would have come next; which one that is makes no difference. */
    private static float valueAfter(TrainableModel critic, TokenSequence cut) {
        int[] longer = Arrays.copyOf(cut.ids(), cut.ids().length + 1);
        float[] values = critic.evaluate(new MicroBatch(List.of(new TokenSequence(longer, PROMPT)), 1))
                .values()[0];
        return values[values.length - 1];
    }

    private static Episode episode(boolean ended, int... ids) {
        int tokens = ids.length - PROMPT;
        return new Episode(
                new TokenSequence(ids, PROMPT),
                new float[tokens],
                new float[tokens],
                new long[tokens],
                0,
                Map.of(),
                ended);
    }
}
