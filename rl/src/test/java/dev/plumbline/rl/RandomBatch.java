package dev.plumbline.rl;

import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/** Random rows of random lengths with a random mask. Everything follows from the seed, which names it in failures. */
public final class RandomBatch {
    public static final int ROWS = 4;

    private static final int LONGEST = 7;

    private final long seed;
    private final Random random;
    private final TokenMask mask;

    private RandomBatch(long seed) {
        this.seed = seed;
        random = new Random(seed);
        boolean[][] included = new boolean[ROWS][];
        for (int row = 0; row < ROWS; row++) {
            included[row] = new boolean[1 + random.nextInt(LONGEST)];
            for (int token = 0; token < included[row].length; token++) {
                included[row][token] = random.nextInt(4) > 0;
            }
        }
        included[0][0] = true;
        mask = TokenMask.of(included);
    }

    /** Batches of many seeds. At least one token counts in each. */
    public static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    public static RandomBatch of(long seed) {
        return new RandomBatch(seed);
    }

    public TokenMask mask() {
        return mask;
    }

    /** Numbers for every position, outside the mask too. */
    public float[][] fill(Supplier<Float> number) {
        float[][] values = mask.zeros();
        for (float[] row : values) {
            for (int token = 0; token < row.length; token++) {
                row[token] = number.get();
            }
        }
        return values;
    }

    public float[][] normal(double scale) {
        return fill(() -> (float) (scale * random.nextGaussian()));
    }

    public float uniform(double from, double to) {
        return (float) (from + (to - from) * random.nextDouble());
    }

    public boolean flip() {
        return random.nextBoolean();
    }

    @Override
    public String toString() {
        return "seed " + seed;
    }
}
