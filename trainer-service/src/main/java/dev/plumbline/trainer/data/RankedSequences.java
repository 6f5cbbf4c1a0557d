package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Answers to one prompt as token ids. Not to be modified.
 *
 * @param ranks one per answer, lower is better
 * @param handicaps one per answer; by the difference of two the better answer's score is to be higher
 * @param source where the list comes from
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record RankedSequences(List<TokenSequence> answers, int[] ranks, float[] handicaps, Optional<String> source) {
    public RankedSequences {
        answers = List.copyOf(answers);
        if (answers.size() != ranks.length || answers.size() != handicaps.length) {
            throw new IllegalArgumentException("ranks and handicaps must match the " + answers.size() + " answers, got "
                    + ranks.length + " and " + handicaps.length);
        }
    }

    /** The same list with other token ids. */
    RankedSequences withAnswers(List<TokenSequence> others) {
        return new RankedSequences(others, ranks, handicaps, source);
    }

    /** The answers than which none is better. */
    public List<TokenSequence> best() {
        int best = Arrays.stream(ranks).min().orElseThrow();
        return IntStream.range(0, ranks.length)
                .filter(i -> ranks[i] == best)
                .mapToObj(answers::get)
                .toList();
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
