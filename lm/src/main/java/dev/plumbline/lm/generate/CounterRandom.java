package dev.plumbline.lm.generate;

/**
 * The uniform numbers that choose tokens: a pure function of (seed, sample, position), so that a request draws the same
 * numbers alone, in any batch and after a restart. The function is part of the contract: logs are replayed with it.
 */
final class CounterRandom {
    /** 2^64 divided by the golden ratio, odd: consecutive counters land far apart before they are mixed. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    /** So few bits that u · total stays below total in float64, and so many that no token of a vocabulary is missed. */
    private static final int BITS = 48;

    private CounterRandom() {}

    /**
     * A number in (0, 1), both ends excluded.
     *
     * @param sample counts the answers to one prompt
     * @param position counts the tokens of the answer
     */
    static double uniform(long seed, int sample, int position) {
        long hash = mix(mix(mix(seed) + GOLDEN * (sample + 1L)) + GOLDEN * (position + 1L));
        return ((hash >>> (Long.SIZE - BITS)) + 0.5) * 0x1p-48;
    }

    /** David Stafford's variant 13 of MurmurHash3's 64-bit finalizer, as used by SplitMix64 (Steele et al. 2014). */
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
