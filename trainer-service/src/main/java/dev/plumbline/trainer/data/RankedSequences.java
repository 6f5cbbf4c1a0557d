package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import java.util.List;

/** Answers to one prompt as token ids; ranks[i] belongs to answers.get(i), lower is better. Not to be modified. */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record RankedSequences(List<TokenSequence> answers, int[] ranks) {
    public RankedSequences {
        answers = List.copyOf(answers);
        if (answers.size() != ranks.length) {
            throw new IllegalArgumentException(
                    "ranks must match the " + answers.size() + " answers, got " + ranks.length);
        }
    }

    /** Whether at least two answers differ in rank. */
    public boolean hasPairs() {
        for (int rank : ranks) {
            if (rank != ranks[0]) {
                return true;
            }
        }
        return false;
    }

    /** Tokens of its longest answer with the prompt. */
    public int longest() {
        int longest = 0;
        for (TokenSequence answer : answers) {
            longest = Math.max(longest, answer.ids().length);
        }
        return longest;
    }
}
