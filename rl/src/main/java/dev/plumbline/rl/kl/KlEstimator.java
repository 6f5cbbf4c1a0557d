package dev.plumbline.rl.kl;

import dev.plumbline.rl.LogRatio;
import dev.plumbline.rl.TokenMask;

/**
 * Estimators of KL(π ‖ π_ref) from one token sampled from π, with d = log π_ref − log π (Schulman 2020, "Approximating KL
 * divergence"). In nats per token.
 */
public enum KlEstimator {
    /** −d: unbiased, of either sign; its derivative has expectation zero, so it is of no use as a loss. */
    K1 {
        @Override
        public double estimate(double logProb, double referenceLogProb) {
            return logProb - referenceLogProb;
        }

        @Override
        public double derivative(double logProb, double referenceLogProb) {
            return 1;
        }
    },
    /** d²/2: biased, never negative; its derivative is an unbiased one of the KL. */
    K2 {
        @Override
        public double estimate(double logProb, double referenceLogProb) {
            double d = referenceLogProb - logProb;
            return 0.5 * d * d;
        }

        @Override
        public double derivative(double logProb, double referenceLogProb) {
            return logProb - referenceLogProb;
        }
    },
    /** e^d − 1 − d: unbiased, never negative; d is bounded by {@link LogRatio#LIMIT}. */
    K3 {
        @Override
        public double estimate(double logProb, double referenceLogProb) {
            double d = LogRatio.clamp(referenceLogProb - logProb);
            return StrictMath.expm1(d) - d;
        }

        @Override
        public double derivative(double logProb, double referenceLogProb) {
            double d = referenceLogProb - logProb;
            return -StrictMath.expm1(LogRatio.clamp(d)) * LogRatio.slope(d);
        }
    };

    public abstract double estimate(double logProb, double referenceLogProb);

    /** The derivative of the estimate with respect to {@code logProb}. */
    public abstract double derivative(double logProb, double referenceLogProb);

    /** The estimate of every token under the mask, 0 elsewhere. */
    public float[][] estimates(float[][] logProbs, float[][] referenceLogProbs, TokenMask mask) {
        mask.requireFinite("logProbs", logProbs);
        mask.requireFinite("referenceLogProbs", referenceLogProbs);
        float[][] estimates = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    estimates[row][token] = (float) estimate(logProbs[row][token], referenceLogProbs[row][token]);
                }
            }
        }
        return estimates;
    }
}
