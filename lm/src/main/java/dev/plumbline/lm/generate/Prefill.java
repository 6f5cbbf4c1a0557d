package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A prompt on its way into the slot of the first of its answers. */
final class Prefill {
    private final Generation generation;
    private final List<Answer> answers;
    private final List<double[]> reported = new ArrayList<>();
    private boolean begun;
    private int read;

    Prefill(Generation generation, List<Answer> answers) {
        this.generation = generation;
        this.answers = answers;
    }

    Generation generation() {
        return generation;
    }

    List<Answer> answers() {
        return answers;
    }

    Answer first() {
        return answers.get(0);
    }

    int[] promptIds() {
        return generation.request().promptIds();
    }

    /** Tokens that are in the slot. */
    int read() {
        return read;
    }

    /** Whether the prefixes that are kept have been searched for its beginning. */
    boolean begun() {
        return begun;
    }

    void begin() {
        begun = true;
    }

    /** Tokens that are not. */
    int left() {
        return promptIds().length - read;
    }

    void advance(int tokens) {
        read += tokens;
    }

    boolean complete() {
        return left() == 0;
    }

    /** Whether the log-probabilities of its tokens are reported, so that each has to be computed. */
    boolean reports() {
        return generation.request().report().prompt();
    }

    /** Takes the next part of the log-probabilities. */
    void report(double[] part) {
        reported.add(part);
    }

    /** All of them. */
    PromptLogProbs logProbs(int vocabulary) {
        double[] numbers = reported.stream().flatMapToDouble(Arrays::stream).toArray();
        int alternatives = Math.min(generation.request().report().alternatives(), vocabulary);
        return PromptLogProbs.read(numbers, promptIds().length, alternatives);
    }
}
