package dev.plumbline.rl.batch;

/**
 * A shuffled order that depends on its seed alone: SplitMix64 (Steele, Lea and Flood 2014) written out, because the
 * generators of the JDK may change between its versions.
 */
public final class Permutation {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private Permutation() {}

    /**
     * 0 .. size − 1 in shuffled order (Fisher-Yates, each order equally likely).
     *
     * @param path what the order is for (step, epoch …): each path has its own order under the same seed
     */
    public static int[] of(int size, long seed, long... path) {
        if (size < 0) {
            throw new IllegalArgumentException("size must be >= 0, got " + size);
        }
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        long state = mix(seed + GOLDEN_GAMMA);
        for (long part : path) {
            state = mix(state + GOLDEN_GAMMA + part);
        }
        for (int i = size - 1; i > 0; i--) {
            long bound = i + 1L;
            long product;
            do {
                state += GOLDEN_GAMMA;
                product = (mix(state) >>> 32) * bound;
                // Lemire 2019: the low half below 2^32 mod bound marks the few draws that would favour some index.
            } while ((product & 0xFFFFFFFFL) < (1L << 32) % bound);
            int j = (int) (product >>> 32);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
