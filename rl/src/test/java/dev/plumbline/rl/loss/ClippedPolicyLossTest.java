package dev.plumbline.rl.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.FiniteDifferences;
import dev.plumbline.rl.RandomBatch;
import dev.plumbline.rl.TokenMask;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

final class ClippedPolicyLossTest {
    private static final ClippedPolicyLoss ASYMMETRIC = new ClippedPolicyLoss(0.2, 0.28, 3);

    @Test
    void isThePolicyGradientWhileTheRatioIsInside() {
        TokenLoss loss = oneToken(ClippedPolicyLoss.symmetric(0.2), Math.log(1.1), 2);
        assertThat(loss.loss()).isCloseTo(-2.2, within(1e-6));
        assertThat(loss.derivatives()[0][0]).isCloseTo(-2.2f, within(1e-6f));
    }

    @Test
    void stopsTheGradientWhereTheRatioHasGoneFarEnough() {
        TokenLoss up = oneToken(ASYMMETRIC, Math.log(1.5), 2);
        assertThat(up.loss()).isCloseTo(-2.56, within(1e-6));
        assertThat(up.derivatives()[0][0]).isZero();
        TokenLoss down = oneToken(ASYMMETRIC, Math.log(0.5), -2);
        assertThat(down.loss()).isCloseTo(1.6, within(1e-6));
        assertThat(down.derivatives()[0][0]).isZero();
    }

    @Test
    void keepsTheGradientThatLeadsBack() {
        assertThat(oneToken(ASYMMETRIC, Math.log(0.5), 2).derivatives()[0][0]).isCloseTo(-1, within(1e-6f));
        assertThat(oneToken(ASYMMETRIC, Math.log(2), -2).derivatives()[0][0]).isCloseTo(4, within(1e-6f));
    }

    @Test
    void boundsALossWithNegativeAdvantageByTheDualClip() {
        TokenLoss loss = oneToken(ASYMMETRIC, Math.log(3.5), -2);
        assertThat(loss.loss()).isCloseTo(6, within(1e-6));
        assertThat(loss.derivatives()[0][0]).isZero();
    }

    @Test
    void halvesTheGradientWhereTheDualClipTies() {
        TokenLoss loss = oneToken(new ClippedPolicyLoss(0.2, 0.2, StrictMath.exp(2)), 2, -1);
        assertThat(loss.derivatives()[0][0]).isCloseTo((float) (Math.exp(2) / 2), within(1e-6f));
    }

    @Test
    void staysFiniteForAnAbsurdRatio() {
        TokenLoss loss = oneToken(ClippedPolicyLoss.symmetric(0.2), 1e6, -1);
        assertThat(loss.loss()).isCloseTo(Math.exp(40), within(1e6));
        assertThat(loss.derivatives()[0][0]).isZero();
        assertThat(oneToken(ClippedPolicyLoss.symmetric(0.2), 1e6, 0).loss()).isZero();
    }

    @Test
    void hasDerivativesThatAgreeWithFiniteDifferences() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            PolicyExperience experience = experience(batch);
            float[][] logProbs = logProbsAwayFromKinks(batch, experience);
            FiniteDifferences.require(
                    batch.toString(),
                    logProbs,
                    ASYMMETRIC.evaluate(logProbs, experience, 3).derivatives(),
                    moved -> ASYMMETRIC.evaluate(moved, experience, 3).loss());
        });
    }

    @Test
    void ofMicroBatchesAddsUpToThatOfTheBatch() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            PolicyExperience experience = experience(batch);
            float[][] logProbs = batch.normal(1);
            int tokens = experience.mask().count();
            TokenLoss whole = ASYMMETRIC.evaluate(logProbs, experience, tokens);
            double sum = 0;
            for (int row = logProbs.length - 1; row >= 0; row--) {
                TokenLoss share = ASYMMETRIC.evaluate(new float[][] {logProbs[row]}, experience.select(row), tokens);
                sum += share.loss();
                assertThat(share.derivatives()[0]).as(batch.toString()).containsExactly(whole.derivatives()[row]);
            }
            assertThat(sum).as(batch.toString()).isCloseTo(whole.loss(), within(1e-12));
        });
    }

    @Test
    void isZeroForAMicroBatchWithoutTokens() {
        TokenMask mask = TokenMask.of(new boolean[][] {{false, false}, {}});
        float[][] garbage = {{Float.NaN, 1}, {}};
        TokenLoss loss = ASYMMETRIC.evaluate(garbage, new PolicyExperience(garbage, garbage, mask), 5);
        assertThat(loss.loss()).isZero();
        assertThat(loss.derivatives()).isDeepEqualTo(mask.zeros());
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> ClippedPolicyLoss.symmetric(0)).hasMessage("low must be in (0, 1], got 0.0");
        assertThatThrownBy(() -> new ClippedPolicyLoss(0.2, Double.NaN, 3)).hasMessage("high must be > 0, got NaN");
        assertThatThrownBy(() -> new ClippedPolicyLoss(0.2, 0.2, 1))
                .hasMessage("dualClip must be > 1 (infinity for no dual clip), got 1.0");
    }

    @Test
    void refusesInputsThatDoNotFit() {
        float[][] one = {{0}};
        PolicyExperience experience = new PolicyExperience(one, one, TokenMask.all(1));
        assertThatThrownBy(() -> ASYMMETRIC.evaluate(new float[][] {{Float.NaN}}, experience, 1))
                .hasMessage("logProbs[0][0] must be finite, got NaN");
        assertThatThrownBy(() -> ASYMMETRIC.evaluate(new float[][] {{0, 0}}, experience, 1))
                .hasMessage("logProbs[0] must have the mask's 1 tokens, got 2");
        for (double normalizer : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> ASYMMETRIC.evaluate(one, experience, normalizer))
                    .hasMessage(
                            "normalizer must be the token count of the whole optimizer step, > 0, got " + normalizer);
        }
        assertThatThrownBy(() -> new PolicyExperience(new float[0][], one, TokenMask.all(1)))
                .hasMessage("oldLogProbs must have the mask's 1 rows, got 0");
        assertThatThrownBy(() -> new PolicyExperience(one, new float[][] {{Float.NaN}}, TokenMask.all(1)))
                .hasMessage("advantages[0][0] must be finite, got NaN");
    }

    private static PolicyExperience experience(RandomBatch batch) {
        return new PolicyExperience(batch.normal(1), batch.normal(1), batch.mask());
    }

    /** Ratios between 0.2 and 5, more than a finite-difference step from where the loss has a corner. */
    private static float[][] logProbsAwayFromKinks(RandomBatch batch, PolicyExperience experience) {
        float[][] logProbs = batch.fill(() -> {
            float logRatio;
            do {
                logRatio = batch.uniform(-1.6, 1.6);
            } while (nearKink(logRatio));
            return logRatio;
        });
        for (int row = 0; row < logProbs.length; row++) {
            for (int token = 0; token < logProbs[row].length; token++) {
                logProbs[row][token] += experience.oldLogProbs()[row][token];
            }
        }
        return logProbs;
    }

    private static boolean nearKink(float logRatio) {
        return DoubleStream.of(0.8, 1.28, 3).anyMatch(ratio -> Math.abs(logRatio - Math.log(ratio)) < 0.005);
    }

    private static TokenLoss oneToken(ClippedPolicyLoss loss, double logRatio, float advantage) {
        float[][] logProbs = {{(float) logRatio}};
        PolicyExperience experience =
                new PolicyExperience(new float[][] {{0}}, new float[][] {{advantage}}, TokenMask.all(1));
        return loss.evaluate(logProbs, experience, 1);
    }
}
