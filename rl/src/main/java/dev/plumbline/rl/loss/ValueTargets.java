package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;
import java.util.Arrays;

/**
 * What a value function learns; arrays are [sequence][token] in the mask's shape and not to be modified.
 *
 * @param oldValues V_old, with which the returns were computed
 * @param returns R
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record ValueTargets(float[][] oldValues, float[][] returns, TokenMask mask) {
    public ValueTargets {
        mask.requireFinite("oldValues", oldValues);
        mask.requireFinite("returns", returns);
    }

    /** The targets of these sequences, in this order: a mini-batch or micro-batch. */
    public ValueTargets select(int... rows) {
        return new ValueTargets(
                Arrays.stream(rows).mapToObj(row -> oldValues[row]).toArray(float[][]::new),
                Arrays.stream(rows).mapToObj(row -> returns[row]).toArray(float[][]::new),
                mask.select(rows));
    }
}
