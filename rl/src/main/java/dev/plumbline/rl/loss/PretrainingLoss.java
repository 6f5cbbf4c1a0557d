package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;

/**
 * The term that PPO-ptx adds to the PPO loss, −γ E_pretrain[log π] (Ouyang et al. 2022, eq. 2), with the expectation as a
 * mean per token: γ/N Σ −log π. Both losses' gradients go into the same buffers before one optimizer step.
 *
 * @param coefficient γ ≥ 0. The paper's 27.8 belongs to a normalisation it does not state; with the mean per token, values
 *     near 0.05 to 1 are usual
 */
public record PretrainingLoss(double coefficient) {
    public PretrainingLoss {
        if (!(coefficient >= 0) || Double.isInfinite(coefficient)) {
            throw new IllegalArgumentException("coefficient of the pretraining loss must be >= 0, got " + coefficient);
        }
    }

    /**
     * The share of these tokens in the step's loss.
     *
     * @param logProbs of pretraining text, [sequence][token], nats
     * @param normalizer N, the number of pretraining tokens of the whole optimizer step
     */
    public TokenLoss evaluate(float[][] logProbs, TokenMask mask, double normalizer) {
        return MaskedMean.evaluate("logProbs", logProbs, mask, -coefficient, normalizer);
    }
}
