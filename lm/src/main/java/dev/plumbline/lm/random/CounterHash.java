package dev.plumbline.lm.random;

/**
 * Sixty-four bits that look random and depend on a key and a counter alone: SplitMix64 (Steele, Lea, Flood 2014) without
 * its state.
 */
public final class CounterHash {
    /** 2^64 divided by the golden ratio, odd: consecutive counters land far apart before they are mixed. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private CounterHash() {}

    /** A key's number for a counter; it can be a key itself. */
    public static long of(long key, long counter) {
        return mix(key + GOLDEN * (counter + 1));
    }

    /** David Stafford's variant 13 of MurmurHash3's 64-bit finalizer; different values give different numbers. */
    public static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
