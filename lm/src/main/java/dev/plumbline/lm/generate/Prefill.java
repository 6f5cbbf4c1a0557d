package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A prompt on its way into the slot of the first of its answers; with what an answer has said by now, if that goes on where
 * none of it has been read.
 */
final class Prefill {
    private final List<Answer> answers;
    private final int[] ids;
    /** These, and the last of given tokens, which is not read because nothing follows it. */
    private final int[] known;

    private final Optional<TokenReport> report;
    private final List<double[]> reported = new ArrayList<>();
    private boolean begun;
    private int read;

    /** @param answers to one prompt, which have no tokens yet; or one that has */
    Prefill(List<Answer> answers) {
        this.answers = answers;
        this.ids = first().ids();
        this.known = isGiven() ? first().known() : ids;
        this.report = report(first());
    }

    private static Optional<TokenReport> report(Answer first) {
        GenerationRequest request = first.generation().request();
        if (request.isGiven()) {
            return Optional.of(TokenReport.ofGiven(request.sampling().temperature()));
        }
        return first.tokens() == 0 && request.report().prompt()
                ? Optional.of(TokenReport.ofPrompt(request.report().alternatives()))
                : Optional.empty();
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

    /** What is read, and the last of given tokens; not to be modified. */
    int[] known() {
        return known;
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

    /** What is reported of its tokens; empty for nothing. */
    Optional<TokenReport> report() {
        return report;
    }

    /** Whether its answer is given, and read with it. */
    boolean isGiven() {
        return generation().request().isGiven();
    }

    /** How many of its first tokens need not be computed if their keys and values are known; the last always is. */
    int skippable() {
        if (isGiven()) {
            return generation().request().promptIds().length - 1;
        }
        return report.isPresent() ? 0 : ids.length - 1;
    }

    /** Takes the next part of the log-probabilities. */
    void report(double[] part) {
        reported.add(part);
    }

    /** All of them, of a prompt. */
    PromptLogProbs logProbs(int vocabulary) {
        int alternatives = Math.min(generation().request().report().alternatives(), vocabulary);
        return PromptLogProbs.read(numbers(), ids.length, alternatives);
    }

    /** All of them, of a given response. */
    GivenLogProbs given() {
        return GivenLogProbs.read(numbers());
    }

    private double[] numbers() {
        return reported.stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
