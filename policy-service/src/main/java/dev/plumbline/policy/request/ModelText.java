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

    /** Notes an id that is not one of the vocabulary; says whether it is. */
    public boolean requireToken(int id, String reason, String field, Problems problems) {
        boolean known = id >= 0 && id < vocabularySize;
        problems.require(known, reason, field, "ids must be in [0, " + vocabularySize + "), got " + id);
        return known;
    }
}
