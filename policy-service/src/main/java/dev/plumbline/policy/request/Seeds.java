package dev.plumbline.policy.request;

import java.nio.charset.StandardCharsets;

/**
 * Seeds of prompts. A function of the run's seed and of what its owner calls the prompt, never of its place in the log, so
 * that a log written anew draws the same numbers.
 */
public final class Seeds {
    /** 2^64 divided by the golden ratio, odd. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    private Seeds() {}

    /** mix(mix(seed) + GOLDEN (i + 1)): the prompt with number i, from 0, in the run's own feed. */
    public static long ofFeedIndex(long runSeed, long feedIndex) {
        return mix(mix(runSeed) + GOLDEN * (feedIndex + 1));
    }

    /** mix(mix(seed) ^ FNV-1a(id)): a prompt of another producer, by its id as UTF-8. */
    public static long ofPromptId(long runSeed, String promptId) {
        long hash = FNV_OFFSET;
        for (byte character : promptId.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (character & 0xFF)) * FNV_PRIME;
        }
        return mix(mix(runSeed) ^ hash);
    }

    /** David Stafford's variant 13 of MurmurHash3's 64-bit finalizer, as used by SplitMix64 (Steele et al. 2014). */
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
