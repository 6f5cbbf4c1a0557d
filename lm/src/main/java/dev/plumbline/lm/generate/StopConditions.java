package dev.plumbline.lm.generate;

import java.util.List;

/**
 * When an answer ends.
 *
 * @param maxTokens how many tokens it may have
 * @param minTokens while it has fewer, no end-of-sequence or stop token can be chosen and no stop string ends it
 * @param stopStrings texts that end it; they and what follows are left out of the text, not out of the tokens
 * @param stopTokens ids that end it; not to be modified afterwards
 * @param ignoreEos whether the end-of-sequence token is a token like any other
 */
@SuppressWarnings("ArrayRecordComponent") // a request's data on its way to the engine: never compared
public record StopConditions(
        int maxTokens, int minTokens, List<String> stopStrings, int[] stopTokens, boolean ignoreEos) {
    public StopConditions {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be >= 1, got " + maxTokens);
        }
        if (minTokens < 0 || minTokens > maxTokens) {
            throw new IllegalArgumentException(
                    "minTokens must be from 0 to maxTokens " + maxTokens + ", got " + minTokens);
        }
        stopStrings = List.copyOf(stopStrings);
        if (stopStrings.contains("")) {
            throw new IllegalArgumentException("stopStrings must not contain an empty string; leave it out");
        }
    }

    /** Ends at the model's end-of-sequence token, or else after so many tokens. */
    public static StopConditions maxTokens(int maxTokens) {
        return new StopConditions(maxTokens, 0, List.of(), new int[0], false);
    }
}
