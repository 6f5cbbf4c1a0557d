package dev.plumbline.trainer.learn;

import dev.plumbline.lm.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sums and selections over sequences. */
public final class Sequences {
    private Sequences() {}

    /** The items with these indices, in this order. */
    public static <T> List<T> select(List<T> from, int[] indices) {
        List<T> selected = new ArrayList<>(indices.length);
        for (int index : indices) {
            selected.add(from.get(index));
        }
        return selected;
    }

    /** The numbers at these indices, in this order. */
    public static int[] select(int[] from, int[] indices) {
        return Arrays.stream(indices).map(index -> from[index]).toArray();
    }

    /** Tokens of each, prompt and response. */
    public static int[] lengths(List<TokenSequence> sequences) {
        return sequences.stream().mapToInt(sequence -> sequence.ids().length).toArray();
    }

    /** Tokens of all, prompts and responses. */
    public static long tokens(List<TokenSequence> sequences) {
        return sequences.stream().mapToLong(sequence -> sequence.ids().length).sum();
    }

    /** Response tokens of all. */
    public static long responseTokens(List<TokenSequence> sequences) {
        return sequences.stream().mapToLong(TokenSequence::responseLength).sum();
    }
}
