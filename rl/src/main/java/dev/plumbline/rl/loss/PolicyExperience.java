package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;
import java.util.Arrays;

/**
 * What a policy learns from; arrays are [sequence][token] in the mask's shape and not to be modified.
 *
 * @param oldLogProbs log π_old of the tokens taken, nats
 * @param advantages Â
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record PolicyExperience(float[][] oldLogProbs, float[][] advantages, TokenMask mask) {
    public PolicyExperience {
        mask.requireFinite("oldLogProbs", oldLogProbs);
        mask.requireFinite("advantages", advantages);
    }

    /** The experience of these sequences, in this order: a mini-batch or micro-batch. */
    public PolicyExperience select(int... rows) {
        return new PolicyExperience(
                Arrays.stream(rows).mapToObj(row -> oldLogProbs[row]).toArray(float[][]::new),
                Arrays.stream(rows).mapToObj(row -> advantages[row]).toArray(float[][]::new),
                mask.select(rows));
    }
}
