package dev.plumbline.rl.advantage;

import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;

/**
 * The global normalisation of REINFORCE++ (Hu et al. 2025): (Â − mean) / √max(var, 1e-8), the moments over all tokens
 * of the step, var biased, so that an answer counts with its length. Where all advantages are equal they become 0, never
 * rounding noise blown up. Takes the whole step, never a micro-batch. 0 outside the mask.
 */
public final class BatchStandardization {
    private static final double SMALLEST_VARIANCE = 1e-8;

    private BatchStandardization() {}

    /**
     * Mean 0 and variance 1 over the step.
     *
     * @param advantages Â, [sequence][token]
     */
    public static float[][] standardize(float[][] advantages, TokenMask mask) {
        mask.requireFinite("advantages", advantages);
        Summary moments = Summary.of(advantages, mask);
        double scale = 1 / Math.sqrt(Math.max(moments.biasedVariance(), SMALLEST_VARIANCE));
        float[][] standardized = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    standardized[row][token] = (float) ((advantages[row][token] - moments.mean()) * scale);
                }
            }
        }
        return standardized;
    }
}
