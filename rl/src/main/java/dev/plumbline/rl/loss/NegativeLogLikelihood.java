package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;

/** −1/N Σ log p, the loss of SFT and of plain language modelling, in nats per token; each derivative is −1/N. */
public final class NegativeLogLikelihood {
    private NegativeLogLikelihood() {}

    /**
     * The share of these tokens in the step's loss.
     *
     * @param logProbs [sequence][token], nats
     * @param normalizer N, the number of tokens under the masks of the whole optimizer step
     */
    public static TokenLoss evaluate(float[][] logProbs, TokenMask mask, double normalizer) {
        return MaskedMean.evaluate("logProbs", logProbs, mask, -1, normalizer);
    }
}
