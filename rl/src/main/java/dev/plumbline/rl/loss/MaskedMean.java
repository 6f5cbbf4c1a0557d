package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;

/** The losses that are linear in the model's output: weight/N Σ x over the tokens under the mask. */
final class MaskedMean {
    private MaskedMean() {}

    static TokenLoss evaluate(String name, float[][] outputs, TokenMask mask, double weight, double normalizer) {
        Normalizer.require(normalizer);
        mask.requireFinite(name, outputs);
        double sum = 0;
        float[][] derivatives = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    sum += outputs[row][token];
                    derivatives[row][token] = (float) (weight / normalizer);
                }
            }
        }
        return new TokenLoss(weight * sum / normalizer, derivatives);
    }
}
