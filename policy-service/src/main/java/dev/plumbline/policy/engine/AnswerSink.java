package dev.plumbline.policy.engine;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import java.util.List;

/**
 * Where answers go. Called on the engine's thread, so it must not block. Ends with exactly one of {@link #finished} and
 * {@link #failed}.
 */
public interface AnswerSink {
    /** Whether somebody reads the tokens as they come; see {@code GenerationListener}. */
    default boolean readsAlong() {
        return false;
    }

    /** The first computation is about to begin. */
    void begun();

    /** The prompt's log-probabilities, before any token; only if they were asked for. */
    default void onPrompt(PromptLogProbs prompt) {}

    /** One more token; see {@code GenerationListener}. */
    void onToken(int sample, GeneratedToken token, String textDelta);

    /**
     * One answer has ended.
     *
     * @param versions which made which of its tokens
     */
    void onSample(GeneratedSample sample, List<ModelVersionSpan> versions);

    /**
     * All have.
     *
     * @param version that answered, the last one of several
     */
    void finished(ModelVersion version);

    /** There will be no answers, or no more of them. */
    void failed(Throwable error);
}
