package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;
import java.util.Arrays;

/**
 * What a policy learns from; arrays are [sequence][token] in the mask's shape and not to be modified.
 *
 * @param oldLogProbs log π_old of the tokens taken, nats
 * @param advantages Â
 * @param referenceLogProbs log π_ref of the tokens taken, nats; no rows at all where no term of the loss is of them
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record PolicyExperience(
        float[][] oldLogProbs, float[][] advantages, float[][] referenceLogProbs, TokenMask mask) {
    private static final float[][] NO_REFERENCE = {};

    public PolicyExperience {
        mask.requireFinite("oldLogProbs", oldLogProbs);
        mask.requireFinite("advantages", advantages);
        if (referenceLogProbs.length > 0) {
            mask.requireFinite("referenceLogProbs", referenceLogProbs);
        }
    }

    /** For a loss without a term of the reference. */
    public PolicyExperience(float[][] oldLogProbs, float[][] advantages, TokenMask mask) {
        this(oldLogProbs, advantages, NO_REFERENCE, mask);
    }

    /** The experience of these sequences, in this order: a mini-batch or micro-batch. */
    public PolicyExperience select(int... rows) {
        return new PolicyExperience(
                select(oldLogProbs, rows),
                select(advantages, rows),
                referenceLogProbs.length == 0 ? NO_REFERENCE : select(referenceLogProbs, rows),
                mask.select(rows));
    }

    private static float[][] select(float[][] values, int... rows) {
        return Arrays.stream(rows).mapToObj(row -> values[row]).toArray(float[][]::new);
    }
}
