package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/** How the next token of each row is drawn: the input of {@code choose.py}. */
final class Draws {
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

    /** Uniform number, temperature, greedy, top-k, top-p, min-p. */
    private static final int NUMBERS = 6;

    /** Rows that cut look at so many of the likeliest tokens first, which mostly hold their nucleus. */
    private static final int LEAST_WIDTH = 64;

    /** Above any probability that float64 sums to 1. */
    private static final double NO_TOP_P = 2;

    private final int rows;
    private final int vocabulary;
    private final double[] numbers;
    private long[] forbidden = new long[0];
    private int filled;
    private int greedyRows;
    private boolean allPlain = true;
    private int width;

    /** Room for the draws of so many rows. */
    Draws(int rows, int vocabulary) {
        this.rows = rows;
        this.vocabulary = vocabulary;
        this.numbers = new double[NUMBERS * rows];
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
        numbers[number * rows + filled] = value;
    }

    private void forbid(int[] ids) {
        long[] longer = Arrays.copyOf(forbidden, forbidden.length + 2 * ids.length);
        for (int i = 0; i < ids.length; i++) {
            longer[forbidden.length + 2 * i] = filled;
            longer[forbidden.length + 2 * i + 1] = ids[i];
        }
        forbidden = longer;
    }

    /** [6, rows] float64. */
    NDArray numbers(NDManager scope) {
        return scope.create(numbers, new Shape(NUMBERS, rows));
    }

    /** [M, 2] int64: row and id. */
    NDArray forbidden(NDManager scope) {
        return scope.create(forbidden, new Shape(forbidden.length / 2, 2));
    }

    int width() {
        return width;
    }

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
