package dev.plumbline.rl.advantage;

import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;

/**
 * Scales values to variance 1: (x − mean) / √(var + 1e-8), the moments over all tokens under the mask, var unbiased
 * ({@code trl.core.masked_whiten}). Takes the whole batch of an optimizer step, never a micro-batch. 0 outside the mask.
 */
public final class Whitening {
    private static final double EPSILON = 1e-8;

    private Whitening() {}

    /** Mean 0 afterwards: for advantages. */
    public static float[][] shiftingMean(float[][] values, TokenMask mask) {
        return whiten(values, mask, 0);
    }

    /** The mean is as before: for rewards, whose level means something. */
    public static float[][] keepingMean(float[][] values, TokenMask mask) {
        return whiten(values, mask, 1);
    }

    private static float[][] whiten(float[][] values, TokenMask mask, double shareOfMeanKept) {
        mask.requireFinite("values", values);
        Summary moments = Summary.of(values, mask);
        if (moments.count() < 2) {
            throw new IllegalArgumentException("whitening needs at least 2 tokens under the mask, got "
                    + moments.count() + ": use a larger batch or longer answers");
        }
        double scale = 1 / Math.sqrt(moments.variance() + EPSILON);
        double kept = shareOfMeanKept * moments.mean();
        float[][] whitened = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    whitened[row][token] = (float) ((values[row][token] - moments.mean()) * scale + kept);
                }
            }
        }
        return whitened;
    }
}
