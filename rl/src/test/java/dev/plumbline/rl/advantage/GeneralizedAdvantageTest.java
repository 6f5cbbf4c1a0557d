package dev.plumbline.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.RandomBatch;
import dev.plumbline.rl.TokenMask;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class GeneralizedAdvantageTest {
    @Test
    void isTheReturnLessTheValueWithoutDiscountAndWithLambdaOne() {
        float[][] rewards = {{1, 2, 3}};
        float[][] values = {{0.5f, 4, -1}};
        AdvantageEstimate estimate = new GeneralizedAdvantage(1, 1).estimate(rewards, values, TokenMask.all(rewards));
        assertThat(estimate.advantages()).isDeepEqualTo(new float[][] {{5.5f, 1, 4}});
        assertThat(estimate.returns()).isDeepEqualTo(new float[][] {{6, 5, 3}});
    }

    @Test
    void isTheOneStepErrorWithLambdaZero() {
        float[][] rewards = {{1, 2}};
        float[][] values = {{3, 4}};
        AdvantageEstimate estimate = new GeneralizedAdvantage(0.5, 0).estimate(rewards, values, TokenMask.all(rewards));
        assertThat(estimate.advantages()).isDeepEqualTo(new float[][] {{0, -2}});
    }

    /** The sum the recursion stands for, Â_t = Σ_l (γλ)^l δ_{t+l} (Schulman et al. 2016, eq. 16), over the masked tokens. */
    @Test
    void equalsTheSumOfDiscountedErrorsOverTheTokensUnderTheMask() {
        double gamma = 0.9;
        double lambda = 0.8;
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            TokenMask mask = batch.mask();
            float[][] rewards = batch.normal(1);
            float[][] values = batch.normal(1);
            AdvantageEstimate estimate = new GeneralizedAdvantage(gamma, lambda).estimate(rewards, values, mask);
            for (int row = 0; row < mask.rows(); row++) {
                for (int t = 0; t < mask.length(row); t++) {
                    double expected = 0;
                    double weight = 1;
                    for (int i = next(mask, row, t); mask.includes(row, t) && i < mask.length(row); ) {
                        int after = next(mask, row, i + 1);
                        double nextValue = after < mask.length(row) ? values[row][after] : 0;
                        expected += weight * (rewards[row][i] + gamma * nextValue - values[row][i]);
                        weight *= gamma * lambda;
                        i = after;
                    }
                    assertThat((double) estimate.advantages()[row][t])
                            .as("%s [%d][%d]", batch, row, t)
                            .isCloseTo(expected, within(1e-6));
                    double expectedReturn = mask.includes(row, t) ? expected + values[row][t] : 0;
                    assertThat((double) estimate.returns()[row][t])
                            .as("%s [%d][%d]", batch, row, t)
                            .isCloseTo(expectedReturn, within(1e-6));
                }
            }
        });
    }

    /** By hand: δ_2 = 2 + 0.5·8 − 4 = 2, δ_1 = 1 + 0.5·4 − 3 = 0, Â_1 = 0 + 0.5·0.5·2. */
    @Test
    void anAnswerThatWasCutOffIsWorthWhatTheCriticExpectsFromThereOn() {
        float[][] rewards = {{1, 2}, {1, 2}};
        float[][] values = {{3, 4}, {3, 4}};
        AdvantageEstimate estimate = new GeneralizedAdvantage(0.5, 0.5)
                .estimate(rewards, values, new float[] {8, 0}, TokenMask.all(rewards));
        assertThat(estimate.advantages()).isDeepEqualTo(new float[][] {{0.5f, 2}, {-0.5f, -2}});
        assertThat(estimate.returns()).isDeepEqualTo(new float[][] {{3.5f, 6}, {2.5f, 2}});
    }

    /** The continuation's value is to an answer what a further token's reward would be, that nothing was expected of. */
    @Test
    void theContinuationCountsLikeTheRewardOfOneMoreTokenWithLambdaOne() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            TokenMask mask = batch.mask();
            float[][] rewards = batch.normal(1);
            float[][] values = batch.normal(1);
            float[] continuations = new float[mask.rows()];
            Arrays.fill(continuations, 1.5f);
            GeneralizedAdvantage advantage = new GeneralizedAdvantage(0.9, 1);
            float[][] with =
                    advantage.estimate(rewards, values, continuations, mask).advantages();
            float[][] without = advantage.estimate(rewards, values, mask).advantages();
            for (int row = 0; row < mask.rows(); row++) {
                double share = 1.5;
                for (int t = mask.length(row) - 1; t >= 0; t--) {
                    share *= mask.includes(row, t) ? 0.9 : 1;
                    double expected = mask.includes(row, t) ? without[row][t] + share : 0;
                    assertThat((double) with[row][t])
                            .as("%s [%d][%d]", batch, row, t)
                            .isCloseTo(expected, within(1e-5));
                }
            }
        });
    }

    private static int next(TokenMask mask, int row, int from) {
        int token = from;
        while (token < mask.length(row) && !mask.includes(row, token)) {
            token++;
        }
        return token;
    }

    @Test
    void isZeroInRowsThatAreEmptyOrFullyMasked() {
        TokenMask mask = TokenMask.of(new boolean[][] {{}, {false, false}});
        float[][] garbage = {{}, {Float.NaN, 7}};
        AdvantageEstimate estimate = new GeneralizedAdvantage(1, 0.95).estimate(garbage, garbage, mask);
        assertThat(estimate.advantages()).isDeepEqualTo(new float[][] {{}, {0, 0}});
        assertThat(estimate.returns()).isDeepEqualTo(new float[][] {{}, {0, 0}});
    }

    @Test
    void refusesFactorsOutsideZeroAndOneAndNumbersThatAreNotFinite() {
        assertThatThrownBy(() -> new GeneralizedAdvantage(1.01, 1)).hasMessage("gamma must be in [0, 1], got 1.01");
        assertThatThrownBy(() -> new GeneralizedAdvantage(1, Double.NaN))
                .hasMessage("lambda must be in [0, 1], got NaN");
        float[][] rewards = {{1, 2}};
        float[][] values = {{0, Float.POSITIVE_INFINITY}};
        assertThatThrownBy(() -> new GeneralizedAdvantage(1, 1).estimate(rewards, values, TokenMask.all(rewards)))
                .hasMessage("values[0][1] must be finite, got Infinity");
        assertThatThrownBy(() -> new GeneralizedAdvantage(1, 1)
                        .estimate(rewards, rewards, new float[] {Float.NaN}, TokenMask.all(rewards)))
                .hasMessage("continuations[0] must be finite, got NaN");
        assertThatThrownBy(() ->
                        new GeneralizedAdvantage(1, 1).estimate(rewards, rewards, new float[2], TokenMask.all(rewards)))
                .hasMessage("continuations must have one entry per row (1), got 2");
    }
}
