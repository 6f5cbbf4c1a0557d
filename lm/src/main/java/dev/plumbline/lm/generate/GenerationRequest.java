package dev.plumbline.lm.generate;

/**
 * One prompt to be answered one or more times.
 *
 * @param promptIds token ids, not to be modified afterwards
 * @param samples how many answers
 * @param firstSample index of the first answer, so that a request that is asked for in parts draws the same random numbers
 * @param report what is told besides
 * @param seed with the answer's index and the token's position, chooses the random numbers
 * @param conversation whether the answers may come back as part of longer prompts, so that what was computed of them is kept
 *     like that of prompts. It costs a copy of each complete answer, and room that beginnings of other prompts would have
 * @param given tokens of the only answer, which are read instead of drawn; of length 0 to draw. Not to be modified afterwards
 */
@SuppressWarnings("ArrayRecordComponent") // a request's data on its way to the engine: never compared
public record GenerationRequest(
        int[] promptIds,
        int samples,
        int firstSample,
        SamplingParameters sampling,
        StopConditions stop,
        LogProbReport report,
        long seed,
        boolean conversation,
        int[] given) {
    private static final int[] DRAWN = {};

    public GenerationRequest {
        if (promptIds.length == 0) {
            throw new IllegalArgumentException(
                    "promptIds must not be empty; begin with the BOS token if there is no text");
        }
        if (samples < 1) {
            throw new IllegalArgumentException("samples must be >= 1, got " + samples);
        }
        if (firstSample < 0 || firstSample > Integer.MAX_VALUE - samples) {
            throw new IllegalArgumentException("firstSample must be from 0 to " + (Integer.MAX_VALUE - samples)
                    + " for " + samples + " samples, got " + firstSample);
        }
    }

    /**
     * A request for the log-probabilities of a response that is there (teacher forcing).
     *
     * @param response token ids, at least one; not to be modified afterwards
     * @param temperature divides the logits, above 0
     */
    public static GenerationRequest given(int[] promptIds, int[] response, float temperature) {
        if (temperature == 0) {
            throw new IllegalArgumentException("temperature of a given response must be > 0, got 0");
        }
        return new GenerationRequest(
                promptIds,
                1,
                0,
                SamplingParameters.plain(temperature),
                StopConditions.maxTokens(response.length),
                LogProbReport.NONE,
                0,
                false,
                response);
    }

    /** A request for answers that are drawn, with which nobody goes on, and that reports nothing besides them. */
    public GenerationRequest(
            int[] promptIds,
            int samples,
            int firstSample,
            SamplingParameters sampling,
            StopConditions stop,
            long seed) {
        this(promptIds, samples, firstSample, sampling, stop, LogProbReport.NONE, seed, false, DRAWN);
    }

    /** A request for answers 0 to samples − 1. */
    public static GenerationRequest of(
            int[] promptIds, int samples, SamplingParameters sampling, StopConditions stop, long seed) {
        return new GenerationRequest(promptIds, samples, 0, sampling, stop, seed);
    }

    /** Whether the answer is read instead of drawn. */
    boolean isGiven() {
        return given.length > 0;
    }

    /** The same with a report. */
    public GenerationRequest reporting(LogProbReport other) {
        return new GenerationRequest(promptIds, samples, firstSample, sampling, stop, other, seed, conversation, given);
    }

    /** The same as a turn of a conversation, or not. */
    public GenerationRequest inConversation(boolean turn) {
        return new GenerationRequest(promptIds, samples, firstSample, sampling, stop, report, seed, turn, given);
    }
}
