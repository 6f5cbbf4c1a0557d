package dev.plumbline.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Prompts and how many tokens each is answered with.
 *
 * @param prompts token ids
 * @param newTokens of each answer
 */
record Workload(List<int[]> prompts, List<Integer> newTokens) {
    private static final int PROMPT = 32;
    private static final int LEAST = 8;
    private static final int MOST = 256;

    /** Prompts of 32 tokens with answers of one length. */
    static Workload even(RandomLlama model, int count, int tokens) {
        return new Workload(prompts(model, count), Collections.nCopies(count, tokens));
    }

    /** Prompts of 32 tokens with answers of 8 to 256 tokens, spread evenly, in an order of chance. */
    static Workload ragged(RandomLlama model, int count) {
        List<Integer> lengths = new ArrayList<>(IntStream.range(0, count)
                .mapToObj(i -> LEAST + i * (MOST - LEAST) / (count - 1))
                .toList());
        Collections.shuffle(lengths, new Random(1));
        return new Workload(prompts(model, count), lengths);
    }

    private static List<int[]> prompts(RandomLlama model, int count) {
        Random random = new Random(count);
        return IntStream.range(0, count)
                .mapToObj(i -> random.ints(PROMPT, 2, model.vocabulary()).toArray())
                .toList();
    }

    int tokens() {
        return newTokens.stream().mapToInt(Integer::intValue).sum();
    }
}
