package dev.plumbline.lm.generate;

import java.nio.DoubleBuffer;
import java.util.Arrays;

/** How the next token of each row is drawn: the input of {@code choose.py}. Used again for each step. */
final class Draws {
    /** Uniform number, temperature, greedy, top-k, top-p, min-p. */
    static final int NUMBERS = 6;

    /** What the rows of a step have in common, so that no more is computed than they need; the kernel's numbers. */
    private enum Kind {
        PLAIN(0),
        SAMPLED(1),
        MIXED(2),
        GREEDY(3);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    /** Rows that cut look at so many of the likeliest tokens first, which mostly hold their nucleus. */
    private static final int LEAST_WIDTH = 64;

    /** Above any probability that float64 sums to 1. */
    private static final double NO_TOP_P = 2;

    private final DoubleBuffer numbers;
    private final int vocabulary;
    private long[] forbidden = new long[0];
    private int rows;
    private int filled;
    private int greedyRows;
    private boolean allPlain;
    private int width;

    /** @param numbers memory for six numbers of as many rows as there will ever be */
    Draws(DoubleBuffer numbers, int vocabulary) {
        this.numbers = numbers;
        this.vocabulary = vocabulary;
    }

    /** Forgets all rows, and makes room for so many. */
    void begin(int newRows) {
        rows = newRows;
        filled = 0;
        forbidden = new long[0];
        greedyRows = 0;
        allPlain = true;
        width = 0;
    }

    /**
     * Adds the next row.
     *
     * @param forbiddenIds tokens that cannot be chosen
     */
    void add(SamplingParameters sampling, double uniform, int[] forbiddenIds) {
        boolean greedy = sampling.greedy();
        boolean cuts = !greedy && sampling.truncates();
        int topK = cuts && sampling.topK() > 0 ? Math.min(sampling.topK(), vocabulary) : vocabulary;
        set(0, uniform);
        set(1, greedy ? 1 : sampling.temperature());
        set(2, greedy ? 1 : 0);
        set(3, topK);
        set(4, cuts && sampling.topP() < 1 ? sampling.topP() : NO_TOP_P);
        set(5, cuts ? sampling.minP() : 0);
        if (cuts) {
            width = Math.max(width, Math.max(LEAST_WIDTH, topK < vocabulary ? topK : 0));
        }
        greedyRows += greedy ? 1 : 0;
        allPlain &= !greedy && !cuts && sampling.temperature() == 1 && forbiddenIds.length == 0;
        forbid(forbiddenIds);
        filled++;
    }

    private void set(int number, double value) {
        numbers.put(number * rows + filled, value);
    }

    private void forbid(int[] ids) {
        int end = forbidden.length;
        if (ids.length > 0) {
            forbidden = Arrays.copyOf(forbidden, end + 2 * ids.length);
        }
        for (int i = 0; i < ids.length; i++) {
            forbidden[end + 2 * i] = filled;
            forbidden[end + 2 * i + 1] = ids[i];
        }
    }

    int rows() {
        return rows;
    }

    /** Row and id by turns. */
    long[] forbidden() {
        return forbidden;
    }

    /** How many of the likeliest tokens the kernel looks at first; 0 if no row cuts. */
    int width() {
        return width;
    }

    /** The kernel's number for what the rows need. */
    int kind() {
        Kind kind;
        if (allPlain) {
            kind = Kind.PLAIN;
        } else if (greedyRows == 0) {
            kind = Kind.SAMPLED;
        } else {
            kind = greedyRows == rows ? Kind.GREEDY : Kind.MIXED;
        }
        return kind.number;
    }
}
