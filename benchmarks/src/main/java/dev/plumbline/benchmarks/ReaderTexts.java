package dev.plumbline.benchmarks;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Sentences to learn from, and others to be read by everyone. */
final class ReaderTexts {
    private static final List<String> WORDS = List.of(
            "the", "a", "small", "quiet", "green", "bird", "river", "stone", "child", "sings", "walks", "sees", "over",
            "under", "and", "then", "slowly", "again");

    private final Random random;

    ReaderTexts(Random random) {
        this.random = random;
    }

    /** A prompt and an answer to it. */
    record Example(String prompt, String answer) {}

    /** Three to eight words. */
    String sentence() {
        return IntStream.range(0, 3 + random.nextInt(6))
                .mapToObj(word -> WORDS.get(random.nextInt(WORDS.size())))
                .collect(Collectors.joining(" ", "", "."));
    }

    /** Sentences, and what tokenizers stumble over: figures, white space, and letters beyond ASCII. */
    List<Example> examples() {
        return Stream.concat(
                        Stream.generate(() -> new Example(sentence(), sentence()))
                                .limit(6),
                        Stream.of(
                                new Example("12 + 30 =", " 42"),
                                new Example("  two  spaces\n", "and\ta tab "),
                                new Example("Grüße, naïve café", "日本語 — “yes”")))
                .toList();
    }
}
