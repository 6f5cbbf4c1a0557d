package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.List;

/** One token for each row of a step: all that leaves native memory. */
final class ChosenTokens {
    /** Id, log-probability and raw log-probability. */
    private static final int NUMBERS = 3;

    /**
     * A row's numbers in a kernel's result.
     *
     * @param start where the first one is
     * @param stride from one to the next
     * @param computed how many alternatives there are
     * @param alternatives how many of these the row wants
     */
    @SuppressWarnings("ArrayRecordComponent") // a result's numbers: never compared
    private record Row(double[] numbers, int start, int stride, int computed, int alternatives) {
        double number(int index) {
            return numbers[start + index * stride];
        }
    }

    private final List<Row> rows;

    private ChosenTokens(List<Row> rows) {
        this.rows = rows;
    }

    /**
     * Reads the result of {@code choose.py}.
     *
     * @param numbers ids, log-probabilities and raw log-probabilities, then ids and raw log-probabilities of the likeliest
     *     tokens, [3 + 2 computed, rows]
     * @param alternatives how many of the likeliest tokens each row wants
     */
    static ChosenTokens read(double[] numbers, int[] alternatives) {
        List<Row> rows = new ArrayList<>();
        int count = alternatives.length;
        for (int row = 0; row < count; row++) {
            int computed = (numbers.length / count - NUMBERS) / 2;
            rows.add(new Row(numbers, row, count, computed, alternatives[row]));
        }
        return new ChosenTokens(rows);
    }

    /** The rows of several results, one after the other. */
    static ChosenTokens joined(List<ChosenTokens> results) {
        return new ChosenTokens(
                results.stream().flatMap(result -> result.rows.stream()).toList());
    }

    /** How many numbers a result of so many rows has. */
    static int numbers(int rows, int computed) {
        return rows * (NUMBERS + 2 * computed);
    }

    int id(int row) {
        return (int) rows.get(row).number(0);
    }

    /** Under the distribution it was sampled from, in nats. */
    float logProb(int row) {
        return (float) rows.get(row).number(1);
    }

    /** Under softmax(logits), in nats. */
    float rawLogProb(int row) {
        return (float) rows.get(row).number(2);
    }

    /** With the alternatives that its row asked for. */
    GeneratedToken token(int row) {
        Row from = rows.get(row);
        int top = from.start + NUMBERS * from.stride;
        TopLogProbs likeliest = TopLogProbs.read(from.numbers, top, from.stride, from.alternatives, from.computed);
        return new GeneratedToken(id(row), logProb(row), rawLogProb(row), likeliest);
    }

    /** Whether the logits of the row were numbers at all. */
    boolean finite(int row) {
        return Double.isFinite(rows.get(row).number(1))
                && Double.isFinite(rows.get(row).number(2));
    }
}
