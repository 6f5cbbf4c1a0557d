package dev.plumbline.policy.model;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import java.util.Collection;
import java.util.Set;

/**
 * What generates with one version of a model, here or on another server. One thread submits, polls and closes;
 * listeners are called on it, while it polls.
 */
public interface Engine {
    /** A request under way. */
    interface Submission {
        /**
         * Ends the answers that are still being generated, at the next poll, with what they have. May be called from any
         * thread.
         *
         * @param reason one that interrupts
         */
        void cancel(FinishReason reason);
    }

    /** Tokens that a prompt and its answer may have together. */
    int contextLength();

    /** Tokens by which the model says that an answer is complete. */
    Set<Integer> endIds();

    /**
     * Begins a request as soon as there is a slot for every one of its answers.
     *
     * @throws IllegalArgumentException if it can never be answered
     */
    Submission submit(GenerationRequest request, GenerationListener listener);

    /**
     * Begins to read a prompt with a given response, as soon as there is a slot; the listener is told of the response's
     * log-probabilities. Throws what the caller is told if this engine cannot.
     *
     * @param temperature divides the logits, above 0
     */
    Submission submitGiven(TokenSequence sequence, float temperature, GenerationListener listener);

    /** Does what there is to do, without waiting; 0 means that there was nothing. */
    int poll();

    /** Ends what was cancelled, and takes no step, as far as that is in its hands; how many answers ended. */
    int endCancelled();

    /**
     * Lets requests go on in another engine, with its weights.
     *
     * @param submissions of this one
     * @return whether they do; all of them stay if it cannot take them all over as they are
     */
    boolean handOver(Collection<Submission> submissions, Engine heir);

    /** Answers that could begin at once, if they are not too long. */
    int freeSlots();

    /** How many answers of so many tokens can be generated at once. */
    int slotsFor(int promptTokens, int maxTokens);

    /** Answers being generated. */
    int running();

    /** Memory for keys and values that the answers being generated may come to fill. */
    long reservedBytes();

    /** All memory for keys and values; 0 if that is not known. */
    long cacheBytes();

    /** Ends all requests as ABORTED and frees everything. */
    void close();
}
