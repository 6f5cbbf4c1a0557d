package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.policy.tool.Said;

/** Where completions and chat completions differ. */
interface ChoiceShape {
    /** Begins the id of an answer. */
    String idPrefix();

    /** The kind of object that a whole answer is. */
    String wholeObject();

    /** The kind of object that one event of a stream is. */
    String chunkObject();

    /** Puts what is said into a choice of a whole answer. */
    void putWhole(ObjectNode choice, Said said);

    /**
     * Puts what is said into a choice of an event.
     *
     * @param first nothing was said in it yet
     * @param called how many calls were told before
     */
    void putChunk(ObjectNode choice, Said said, boolean first, int called);

    /**
     * Log-probabilities.
     *
     * @param alternatives at most so many to each token
     * @param offset of the text in the whole choice, in UTF-16 units
     */
    ObjectNode logprobs(Spoken spoken, int alternatives, int offset, TokenNames names);

    /** Which of both tells of the prompt. */
    ObjectNode holderOfPrompt(ObjectNode answer, ObjectNode choice);
}
