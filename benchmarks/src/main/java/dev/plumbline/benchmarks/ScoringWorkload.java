package dev.plumbline.benchmarks;

import dev.plumbline.lm.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/** Lengths spread evenly from the shortest to the longest, in an order without pattern; so many have one prompt. */
enum ScoringWorkload {
    RAGGED(32, 256, 16, 1),
    EIGHT_TO_A_PROMPT(192, 256, 128, 8),
    ONE_TO_A_PROMPT(192, 256, 128, 1);

    private static final int SEQUENCES = 64;

    private final int shortest;
    private final int longest;
    private final int prompt;
    private final int samples;

    ScoringWorkload(int shortest, int longest, int prompt, int samples) {
        this.shortest = shortest;
        this.longest = longest;
        this.prompt = prompt;
        this.samples = samples;
    }

    List<TokenSequence> sequences(RandomLlama model, long seed) {
        Random random = new Random(seed);
        List<TokenSequence> sequences = new ArrayList<>();
        int[] promptIds = {};
        for (int i = 0; i < SEQUENCES; i++) {
            if (i % samples == 0) {
                promptIds = random.ints(prompt, 2, model.vocabulary()).toArray();
            }
            int rank = 37 * i % SEQUENCES;
            int length = shortest + (longest - shortest) * rank / (SEQUENCES - 1);
            IntStream answer = random.ints(length - prompt, 2, model.vocabulary());
            sequences.add(new TokenSequence(
                    IntStream.concat(Arrays.stream(promptIds), answer).toArray(), prompt));
        }
        return sequences;
    }

    /** Tokens of prompts that an answer before had as well. */
    long repeatedTokens() {
        return (long) prompt * (SEQUENCES - SEQUENCES / samples);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
