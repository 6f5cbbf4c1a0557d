package dev.plumbline.lm;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Bounds the memory of a computation.
 *
 * @param tokens how many are computed at once, counted as if each sequence were padded to the longest beside it and had
 *     its prompt to itself; a longer sequence is computed alone
 */
public record TokenBudget(int tokens) {
    public TokenBudget {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be >= 1, got " + tokens);
        }
    }

    /** What is computed together, as indices of the sequences: those with the same prompt, and those of like length. */
    List<List<Integer>> parts(List<TokenSequence> sequences) {
        List<List<Integer>> parts = new ArrayList<>();
        List<Integer> part = new ArrayList<>();
        int longest = 0;
        for (int index : inOrder(sequences)) {
            longest = Math.max(longest, sequences.get(index).ids().length);
            if (!part.isEmpty() && (long) longest * (part.size() + 1) > tokens) {
                parts.add(List.copyOf(part));
                part.clear();
                longest = sequences.get(index).ids().length;
            }
            part.add(index);
        }
        if (!part.isEmpty()) {
            parts.add(List.copyOf(part));
        }
        return parts;
    }

    /** Prompts by their longest sequence, and the sequences of each by length. */
    private static List<Integer> inOrder(List<TokenSequence> sequences) {
        Comparator<Integer> byLength =
                Comparator.comparingInt(i -> sequences.get(i).ids().length);
        Map<IntBuffer, List<Integer>> byPrompt = IntStream.range(0, sequences.size())
                .boxed()
                .sorted(byLength)
                .collect(
                        Collectors.groupingBy(i -> sequences.get(i).prompt(), LinkedHashMap::new, Collectors.toList()));
        return byPrompt.values().stream()
                .sorted(Comparator.comparing(sharing -> sharing.get(sharing.size() - 1), byLength))
                .flatMap(List::stream)
                .toList();
    }
}
