package dev.plumbline.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.trainer.v1.GoldReward;
import dev.plumbline.proto.trainer.v1.Guardrails;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GuardTest {
    @Test
    void withoutRailsNothingEndsARun() {
        Guard guard = new Guard(Guardrails.getDefaultInstance());
        guard.watch(1, Map.of("objective/kl", 1e9, "gradient_norm/model", 1e9));

        assertThat(guard.breach()).isEmpty();
    }

    @Test
    void aBoundIsBrokenBeyondItAndTheReasonSaysHow() {
        Guard guard = new Guard(Guardrails.newBuilder().setMaxKl(10).build());
        guard.watch(4, Map.of("objective/kl", 10.0));
        assertThat(guard.breach()).isEmpty();
        guard.watch(5, Map.of("objective/kl", 10.5));

        assertThat(guard.breach())
                .contains(new Guard.Breach(
                        "guardrails.max_kl: objective/kl was 10.5, at most 10.0 is allowed at step 5", 3));
        guard.watch(6, Map.of("objective/kl", 0.0));
        assertThat(guard.breach().orElseThrow().goodStep()).isEqualTo(3);
    }

    @Test
    void everyFigureHasItsRail() {
        assertBreaks(Guardrails.newBuilder().setMaxRatioError(0.1), "policy/first_pass_ratio_error", 0.2);
        assertBreaks(Guardrails.newBuilder().setMaxMismatchKl(0.1), "mismatch_kl", 0.2);
        assertBreaks(Guardrails.newBuilder().setMinEntropy(0.1), "policy/entropy_avg", 0.01);
        assertBreaks(Guardrails.newBuilder().setMaxTruncationRate(0.5), "completions/clipped_ratio", 0.6);
        assertBreaks(Guardrails.newBuilder().setMaxGradientNorm(1), "gradient_norm/model", 2);
        assertBreaks(Guardrails.newBuilder().setMaxGradientNorm(1), "gradient_norm/policy", 2);
        assertBreaks(Guardrails.newBuilder().setMaxGradientNorm(1), "gradient_norm/critic", 2);
    }

    private static void assertBreaks(Guardrails.Builder rails, String figure, double value) {
        Guard guard = new Guard(rails.build());
        guard.watch(1, Map.of("loss", 1e9));
        guard.watch(1, Map.of(figure, Double.NaN));
        assertThat(guard.breach()).isEmpty();
        guard.watch(2, Map.of(figure, value));
        assertThat(guard.breach().orElseThrow().reason()).contains(figure + " was " + value);
    }

    @Test
    void patienceWaitsForStepsInARow() {
        Guard guard =
                new Guard(Guardrails.newBuilder().setMaxKl(1).setPatience(3).build());
        double[] kl = {2, 2, 0, 2, 2, 2};
        for (int step = 1; step <= kl.length; step++) {
            assertThat(guard.breach()).isEmpty();
            guard.watch(step, Map.of("objective/kl", kl[step - 1]));
            guard.watch(step, Map.of("objective/kl", kl[step - 1])); // told again, as after an attempt that failed
            guard.watch(step, Map.of("eval/reward", 0.0)); // another point of the same step says nothing of it
        }

        assertThat(guard.breach().orElseThrow().reason()).endsWith("at step 6, 3 steps in a row");
        assertThat(guard.breach().orElseThrow().goodStep()).isEqualTo(2);
    }

    @Test
    void aGoldRewardThatFallsWhileTheTotalRisesIsOverOptimisation() {
        Guard guard = new Guard(Guardrails.newBuilder()
                .setRewardAgainstGold(
                        GoldReward.newBuilder().setComponent("gold").setMaxFall(0.2))
                .build());
        double[][] goldAndTotal = {{0.5, 1}, {0.8, 2}, {0.65, 3}, {0.5, 1.5}, {0.9, 2.5}, {0.65, 2.6}};
        for (int step = 1; step <= goldAndTotal.length; step++) {
            assertThat(guard.breach()).isEmpty();
            guard.watch(
                    step,
                    Map.of(
                            "rewards/gold/mean",
                            goldAndTotal[step - 1][0],
                            "objective/scores",
                            goldAndTotal[step - 1][1]));
        }

        assertThat(guard.breach().orElseThrow().reason())
                .isEqualTo(
                        "guardrails.reward_against_gold: rewards/gold/mean was 0.65, at most 0.2 below 0.9 is allowed,"
                                + " while objective/scores rose to 2.6 at step 6");
    }
}
