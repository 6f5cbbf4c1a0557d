package dev.plumbline.policy.engine;

import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.PromptLogProbs;

/**
 * Where answers go. Called on the engine's thread, so it must not block. Ends with exactly one of {@link #finished} and
 * {@link #failed}.
 */
public interface AnswerSink {
    /** The first computation is about to begin. */
    void begun();

    /** The prompt's log-probabilities, before any token; only if they were asked for. */
    default void onPrompt(PromptLogProbs prompt) {}

    /** One more token; see {@code GenerationListener}. */
    void onToken(int sample, GeneratedToken token, String textDelta);

    /** One answer has ended. */
    void onSample(GeneratedSample sample);

    /** All have. */
    void finished();

    /** There will be no answers, or no more of them. */
    void failed(Throwable error);
}
