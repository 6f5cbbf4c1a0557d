package dev.plumbline.rl.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The mini-batches of one pass over a batch. */
public final class MiniBatches {
    private MiniBatches() {}

    /**
     * 0 .. size − 1 in the order of {@link Permutation#of}, cut into mini-batches; the last one holds the rest and may be
     * smaller.
     */
    public static List<int[]> of(int size, int miniBatchSize, long seed, long... path) {
        if (miniBatchSize <= 0) {
            throw new IllegalArgumentException("miniBatchSize must be > 0, got " + miniBatchSize);
        }
        int[] order = Permutation.of(size, seed, path);
        List<int[]> miniBatches = new ArrayList<>();
        for (int from = 0; from < size; from += miniBatchSize) {
            miniBatches.add(Arrays.copyOfRange(order, from, from + Math.min(miniBatchSize, size - from)));
        }
        return List.copyOf(miniBatches);
    }
}
