package dev.plumbline.policy.engine;

import dev.plumbline.lm.generate.GeneratedSample;

/**
 * Where answers go. Called on the engine's thread, so it must not block. Ends with exactly one of {@link #finished} and
 * {@link #failed}.
 */
public interface AnswerSink {
    /** The first computation is about to begin. */
    void begun();

    /** One more token; see {@code GenerationListener}. */
    void onToken(int sample, int id, float logProb, float rawLogProb, String textDelta);

    /** One answer has ended. */
    void onSample(GeneratedSample sample);

    /** All have. */
    void finished();

    /** There will be no answers, or no more of them. */
    void failed(Throwable error);
}
