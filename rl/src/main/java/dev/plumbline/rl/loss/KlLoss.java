package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.kl.KlEstimator;

/**
 * β/N Σ KL, the divergence from the reference as a term of the loss. Use K2, whose derivative is an unbiased one of the
 * KL; K1's has expectation zero.
 *
 * @param coefficient β ≥ 0; 0 is no term
 */
public record KlLoss(KlEstimator estimator, double coefficient) {
    public KlLoss {
        if (!(coefficient >= 0) || Double.isInfinite(coefficient)) {
            throw new IllegalArgumentException("coefficient of the KL loss must be >= 0, got " + coefficient);
        }
    }

    /**
     * The share of these tokens in the step's loss.
     *
     * @param logProbs of the policy that learns, [sequence][token], nats
     * @param normalizer N, the number of tokens under the masks of the whole optimizer step
     */
    public TokenLoss evaluate(float[][] logProbs, float[][] referenceLogProbs, TokenMask mask, double normalizer) {
        Normalizer.require(normalizer);
        mask.requireFinite("logProbs", logProbs);
        mask.requireFinite("referenceLogProbs", referenceLogProbs);
        double sum = 0;
        float[][] derivatives = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    float logProb = logProbs[row][token];
                    float reference = referenceLogProbs[row][token];
                    sum += estimator.estimate(logProb, reference);
                    derivatives[row][token] =
                            (float) (coefficient * estimator.derivative(logProb, reference) / normalizer);
                }
            }
        }
        return new TokenLoss(coefficient * sum / normalizer, derivatives);
    }
}
