package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A prompt on its way into the slot of the first of its answers; with what an answer has said by now, if that goes on where
 * none of it has been read.
 */
final class Prefill {
    private final List<Answer> answers;
    private final int[] ids;
    private final boolean reports;
    private final List<double[]> reported = new ArrayList<>();
    private boolean begun;
    private int read;

    /** @param answers to one prompt, which have no tokens yet; or one that has */
    Prefill(List<Answer> answers) {
        this.answers = answers;
        this.ids = first().ids();
        this.reports = first().tokens() == 0 && generation().request().report().prompt();
    }

    Generation generation() {
        return first().generation();
    }

    List<Answer> answers() {
        return answers;
    }

    Answer first() {
        return answers.get(0);
    }

    /** What is read, not to be modified. */
    int[] ids() {
        return ids;
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
        return ids.length - read;
    }

    void advance(int tokens) {
        read += tokens;
    }

    boolean complete() {
        return left() == 0;
    }

    /** Whether the log-probabilities of its tokens are reported, so that each has to be computed. */
    boolean reports() {
        return reports;
    }

    /** Takes the next part of the log-probabilities. */
    void report(double[] part) {
        reported.add(part);
    }

    /** All of them. */
    PromptLogProbs logProbs(int vocabulary) {
        double[] numbers = reported.stream().flatMapToDouble(Arrays::stream).toArray();
        int alternatives = Math.min(generation().request().report().alternatives(), vocabulary);
        return PromptLogProbs.read(numbers, ids.length, alternatives);
    }
}
