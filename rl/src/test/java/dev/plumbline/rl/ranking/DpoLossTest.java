package dev.plumbline.rl.ranking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.FiniteDifferences;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DpoLossTest {
    private static final DpoLoss PLAIN = new DpoLoss(0.1, 0);

    @Test
    void isLogTwoWhereThePolicyIsTheReference() {
        double[] logProbs = {-12.5, -30, -7};
        DpoEvaluation evaluation = PLAIN.evaluate(logProbs, logProbs, new int[] {1, 2, 2}, 1);
        assertThat(evaluation.loss()).isCloseTo(Math.log(2), within(1e-15));
        assertThat(evaluation.derivatives()).containsExactly(-0.05f, 0.025f, 0.025f);
        assertThat(evaluation.rewards().margin()).isZero();
        assertThat(evaluation.logProbs().chosen().mean()).isEqualTo(-12.5);
        assertThat(evaluation.logProbs().rejected().mean()).isEqualTo((-30 - 7) / 2.0);
    }

    @Test
    void isTheRankingLossOfTheImplicitRewards() {
        double[] logProbs = {-10, -20, -15, -12};
        double[] reference = {-11, -18, -15.5, -12.5};
        int[] ranks = {1, 3, 2, 2};
        DpoEvaluation direct = new DpoLoss(0.5, 0).evaluate(logProbs, reference, ranks, 3);
        RankingEvaluation ranking = RankingLoss.evaluate(new float[] {0.5f, -1, 0.25f, 0.25f}, ranks, 3);
        assertThat(direct.loss()).isEqualTo(ranking.loss());
        assertThat(direct.rewards()).isEqualTo(ranking.figures());
        for (int i = 0; i < ranks.length; i++) {
            assertThat(direct.derivatives()[i]).isEqualTo(0.5f * ranking.derivatives()[i]);
        }
    }

    @Test
    void saysNothingOfAPromptThatIsAllTies() {
        DpoEvaluation evaluation = PLAIN.evaluate(new double[] {-1, -2}, new double[] {-3, -4}, new int[] {1, 1}, 5);
        assertThat(evaluation.loss()).isZero();
        assertThat(evaluation.derivatives()).containsExactly(0, 0);
        assertThat(evaluation.rewards().pairs()).isZero();
    }

    @Test
    void hasDerivativesThatAgreeWithFiniteDifferencesAndSumToZero() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int answers = 2 + random.nextInt(8);
            float[] logProbs = new float[answers];
            double[] reference = new double[answers];
            int[] ranks = new int[answers];
            for (int i = 0; i < answers; i++) {
                logProbs[i] = (float) (-10 + 2 * random.nextGaussian());
                reference[i] = -10 + 2 * random.nextGaussian();
                ranks[i] = 1 + random.nextInt(4);
            }
            DpoLoss loss = new DpoLoss(0.05 + random.nextDouble(), 0.4 * random.nextDouble());
            DpoEvaluation evaluation = loss.evaluate(widened(logProbs), reference, ranks, 3);
            FiniteDifferences.require(
                    "seed " + seed,
                    new float[][] {logProbs},
                    new float[][] {evaluation.derivatives()},
                    moved -> loss.evaluate(widened(moved[0]), reference, ranks, 3)
                            .loss());
            double sum = 0;
            for (float derivative : evaluation.derivatives()) {
                sum += derivative;
            }
            assertThat(sum).as("seed %d", seed).isCloseTo(0, within(1e-7));
        }
    }

    @Test
    void refusesWhatIsNoRankedListAndSettingsThatTeachTheReverse() {
        assertThatThrownBy(() -> new DpoLoss(0, 0)).hasMessage("beta must be > 0 and finite, got 0.0");
        assertThatThrownBy(() -> new DpoLoss(0.1, 0.5)).hasMessage("labelSmoothing must be in [0, 0.5), got 0.5");
        assertThatThrownBy(() -> PLAIN.evaluate(new double[2], new double[3], new int[2], 1))
                .hasMessage("logProbs and reference must have one entry per answer, got 2 and 3");
        assertThatThrownBy(() -> PLAIN.evaluate(new double[2], new double[2], new int[] {1, 2}, 0))
                .hasMessageStartingWith("promptsWithPairs must be");
        assertThatThrownBy(() ->
                        PLAIN.evaluate(new double[] {0, Double.NEGATIVE_INFINITY}, new double[2], new int[] {1, 2}, 1))
                .hasMessage("scores[1] must be finite, got -Infinity");
    }

    private static double[] widened(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }
}
