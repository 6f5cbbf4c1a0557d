package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;

/**
 * −c/N Σ H, which rewards a policy for staying undecided (Schulman et al. 2017, eq. 9).
 *
 * @param coefficient c ≥ 0; 0 is no bonus
 */
public record EntropyBonus(double coefficient) {
    public EntropyBonus {
        if (!(coefficient >= 0) || Double.isInfinite(coefficient)) {
            throw new IllegalArgumentException("coefficient of the entropy bonus must be >= 0, got " + coefficient);
        }
    }

    /**
     * The share of these tokens in the step's loss; derivatives are with respect to the entropies.
     *
     * @param entropies H, [sequence][token], nats
     * @param normalizer N, the number of tokens under the masks of the whole optimizer step
     */
    public TokenLoss evaluate(float[][] entropies, TokenMask mask, double normalizer) {
        return MaskedMean.evaluate("entropies", entropies, mask, -coefficient, normalizer);
    }
}
