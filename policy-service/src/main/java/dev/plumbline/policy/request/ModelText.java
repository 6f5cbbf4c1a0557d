package dev.plumbline.policy.request;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import java.util.Set;

/**
 * How a model reads text. Safe for several threads.
 *
 * @param encoder its prompts
 * @param vocabularySize ids are in [0, vocabularySize)
 * @param contextLength the most tokens of prompt and answer together
 * @param endIds by which it says that an answer is complete
 */
public record ModelText(
        Tokenizer tokenizer, TextEncoder encoder, int vocabularySize, int contextLength, Set<Integer> endIds) {
    public ModelText {
        endIds = Set.copyOf(endIds);
    }

    /** Whether an id is one of the vocabulary. */
    boolean hasToken(int id) {
        return id >= 0 && id < vocabularySize;
    }

    /** What is wrong with an id that is not. */
    String tokenRange(int id) {
        return "ids must be in [0, " + vocabularySize + "), got " + id;
    }
}
