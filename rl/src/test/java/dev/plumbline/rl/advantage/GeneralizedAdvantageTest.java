package dev.plumbline.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.RandomBatch;
import dev.plumbline.rl.TokenMask;
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
    }
}
