package dev.plumbline.rl.kl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.LogRatio;
import dev.plumbline.rl.TokenMask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class KlEstimatorTest {
    @Test
    void followsTheFormulas() {
        double logProb = -1;
        double reference = -3;
        assertThat(KlEstimator.K1.estimate(logProb, reference)).isEqualTo(2);
        assertThat(KlEstimator.K2.estimate(logProb, reference)).isEqualTo(2);
        assertThat(KlEstimator.K3.estimate(logProb, reference)).isCloseTo(Math.exp(-2) + 1, within(1e-15));
    }

    @ParameterizedTest
    @EnumSource
    void isZeroWhereBothAgree(KlEstimator estimator) {
        assertThat(estimator.estimate(-1.25, -1.25)).isZero();
    }

    /** The exact KL of two coins and the expectation of each estimator over the tosses of the first. */
    @Test
    void isUnbiasedInK1AndK3() {
        double[] policy = {0.7, 0.3};
        double[] reference = {0.4, 0.6};
        double kl = 0;
        double k1 = 0;
        double k3 = 0;
        for (int side = 0; side < 2; side++) {
            double logProb = Math.log(policy[side]);
            double referenceLogProb = Math.log(reference[side]);
            kl += policy[side] * (logProb - referenceLogProb);
            k1 += policy[side] * KlEstimator.K1.estimate(logProb, referenceLogProb);
            k3 += policy[side] * KlEstimator.K3.estimate(logProb, referenceLogProb);
        }
        assertThat(k1).isCloseTo(kl, within(1e-15));
        assertThat(k3).isCloseTo(kl, within(1e-15));
    }

    @Test
    void boundsTheExponentOfK3() {
        double atLimit = KlEstimator.K3.estimate(-LogRatio.LIMIT, 0);
        assertThat(atLimit).isCloseTo(Math.exp(40) - 41, within(1e3));
        assertThat(KlEstimator.K3.estimate(-1e9, 0)).isEqualTo(atLimit);
        assertThat(KlEstimator.K3.derivative(-LogRatio.LIMIT, 0)).isCloseTo(1 - Math.exp(40), within(1e3));
        assertThat(KlEstimator.K3.derivative(-1e9, 0)).isZero();
        assertThat(KlEstimator.K3.derivative(0, -1e9)).isEqualTo(1);
    }

    @Test
    void estimatesOnlyUnderTheMask() {
        TokenMask mask = TokenMask.of(new boolean[][] {{true, false}, {}});
        float[][] kl = KlEstimator.K1.estimates(
                new float[][] {{-1, Float.NaN}, {}}, new float[][] {{-1.5f, Float.NaN}, {}}, mask);
        assertThat(kl).isDeepEqualTo(new float[][] {{0.5f, 0}, {}});
    }

    @Test
    void namesTheArrayThatIsNotFinite() {
        TokenMask mask = TokenMask.all(1);
        assertThatThrownBy(() ->
                        KlEstimator.K2.estimates(new float[][] {{0}}, new float[][] {{Float.NEGATIVE_INFINITY}}, mask))
                .hasMessage("referenceLogProbs[0][0] must be finite, got -Infinity");
    }
}
