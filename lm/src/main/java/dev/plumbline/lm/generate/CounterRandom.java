package dev.plumbline.lm.generate;

import dev.plumbline.lm.random.CounterHash;

/**
 * The uniform numbers that choose tokens: a pure function of (seed, sample, position), so that a request draws the same
 * numbers alone, in any batch and after a restart. The function is part of the contract: logs are replayed with it.
 */
final class CounterRandom {
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
        long hash = CounterHash.of(CounterHash.of(CounterHash.mix(seed), sample), position);
        return ((hash >>> (Long.SIZE - BITS)) + 0.5) * 0x1p-48;
    }
}
