package dev.plumbline.reward.judge;

import java.util.List;

/**
 * What the judges say of one answer.
 *
 * @param values raw value of each component, in the reward's order
 * @param reward sum of weight times value
 * @param referenceLogProbs per response token, in nats; empty without a reference. Not to be modified.
 * @param truncatedTokens tokens cut from the left to fit a judge's context
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record Verdict(List<Value> values, float reward, float[] referenceLogProbs, int truncatedTokens) {

    public Verdict {
        values = List.copyOf(values);
    }

    /** A component with its raw value. */
    public record Value(String component, float weight, float value) {}
}
