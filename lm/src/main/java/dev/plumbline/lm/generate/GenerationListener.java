package dev.plumbline.lm.generate;

/**
 * Takes what is generated for one request, on the thread that drives the engine, so it must not block. Per answer: its
 * tokens in order, then the finished answer. A failure ends the request, and nothing follows it. A listener that throws
 * fails its own request.
 */
public interface GenerationListener {
    /**
     * Whether somebody reads the tokens as they come and should not wait long for any. While nobody does, steps take as many
     * tokens of prompts as they may: that gets the most done.
     */
    default boolean readsAlong() {
        return false;
    }

    /** The prompt's log-probabilities, before any token; only if the request asks for them. */
    default void onPrompt(PromptLogProbs prompt) {}

    /** The log-probabilities of a response that was given; nothing follows. Of one that was cancelled comes {@link #onSample}. */
    default void onGiven(GivenLogProbs given) {}

    /**
     * One more token.
     *
     * @param sample index of the answer
     * @param textDelta what can be shown of the text by now: whole characters, nothing that a stop string may still take
     *     back; often empty
     */
    void onToken(int sample, GeneratedToken token, String textDelta);

    /** An answer has ended. */
    void onSample(GeneratedSample sample);

    /** The request cannot be answered. */
    void onFailure(Throwable failure);
}
