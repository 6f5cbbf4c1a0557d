package dev.plumbline.rl;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Which tokens of a batch count. Immutable; rows may have different lengths, and a row may be empty. */
public final class TokenMask {
    private final boolean[][] included;

    private TokenMask(boolean[][] included) {
        this.included = included;
    }

    /** The tokens whose entry is true. */
    public static TokenMask of(boolean[][] included) {
        return new TokenMask(Arrays.stream(included).map(boolean[]::clone).toArray(boolean[][]::new));
    }

    /** Every token of rows of these lengths. */
    public static TokenMask all(int... lengths) {
        boolean[][] included = new boolean[lengths.length][];
        for (int row = 0; row < lengths.length; row++) {
            if (lengths[row] < 0) {
                throw new IllegalArgumentException("lengths[" + row + "] must be >= 0, got " + lengths[row]);
            }
            included[row] = new boolean[lengths[row]];
            Arrays.fill(included[row], true);
        }
        return new TokenMask(included);
    }

    /** Every token of rows as long as those of {@code like}. */
    public static TokenMask all(float[][] like) {
        return all(Arrays.stream(like).mapToInt(row -> row.length).toArray());
    }

    public int rows() {
        return included.length;
    }

    /** The number of positions of a row, counted or not. */
    public int length(int row) {
        return included[row].length;
    }

    public boolean includes(int row, int token) {
        return included[row][token];
    }

    /** The number of tokens that count, over all rows: what a mean per token is divided by. */
    public int count() {
        return Math.toIntExact(
                IntStream.range(0, included.length).mapToLong(this::count).sum());
    }

    /** The number of tokens of a row that count. */
    public int count(int row) {
        int count = 0;
        for (boolean token : included[row]) {
            count += token ? 1 : 0;
        }
        return count;
    }

    /** The mask of these rows, in this order. */
    public TokenMask select(int... rows) {
        return new TokenMask(Arrays.stream(rows).mapToObj(row -> included[row]).toArray(boolean[][]::new));
    }

    /** An array of zeros in the mask's shape. */
    public float[][] zeros() {
        return Arrays.stream(included).map(row -> new float[row.length]).toArray(float[][]::new);
    }

    /**
     * Requires that {@code values} has the mask's shape and is finite wherever the mask counts.
     *
     * @throws IllegalArgumentException that names the array and the first place where it does not hold
     */
    public void requireFinite(String name, float[][] values) {
        if (values.length != included.length) {
            throw new IllegalArgumentException(
                    name + " must have the mask's " + included.length + " rows, got " + values.length);
        }
        for (int row = 0; row < values.length; row++) {
            if (values[row].length != included[row].length) {
                throw new IllegalArgumentException(name + "[" + row + "] must have the mask's " + included[row].length
                        + " tokens, got " + values[row].length);
            }
            for (int token = 0; token < values[row].length; token++) {
                if (included[row][token] && !Float.isFinite(values[row][token])) {
                    throw new IllegalArgumentException(
                            name + "[" + row + "][" + token + "] must be finite, got " + values[row][token]);
                }
            }
        }
    }
}
