package dev.plumbline.lm.generate;

import dev.plumbline.lm.torch.ComputeSettings;

/**
 * How much an engine does at once.
 *
 * @param slots how many answers are generated side by side
 * @param maxLength how many tokens prompt and answer may have together; no more than the model's positions are used
 * @param cacheBytes memory for keys and values, taken once; 0 for as much as all slots need at their full length. With less,
 *     fewer of the long answers are generated side by side
 * @param prefixBytes memory for beginnings of prompts that are kept to be used again, taken once; 0 keeps none
 * @param prefillTokens the most prompt tokens of a step while nothing is generated; while answers are, it reads fewer, so
 *     that they do not wait long for their next token
 * @param precision of the products with weights
 * @param compute threads and device
 */
public record EngineSettings(
        int slots,
        int maxLength,
        long cacheBytes,
        long prefixBytes,
        int prefillTokens,
        Precision precision,
        ComputeSettings compute) {
    private static final int DEFAULT_PREFILL_TOKENS = 512;
    private static final long DEFAULT_PREFIX_BYTES = 256L << 20;

    public EngineSettings {
        if (slots < 1) {
            throw new IllegalArgumentException("slots must be >= 1, got " + slots);
        }
        if (maxLength < 2) {
            throw new IllegalArgumentException("maxLength must be >= 2, a prompt and an answer, got " + maxLength);
        }
        if (cacheBytes < 0) {
            throw new IllegalArgumentException(
                    "cacheBytes must be >= 0 (0 takes what all slots need), got " + cacheBytes);
        }
        if (prefixBytes < 0) {
            throw new IllegalArgumentException("prefixBytes must be >= 0 (0 keeps no prefixes), got " + prefixBytes);
        }
        if (prefillTokens < 1) {
            throw new IllegalArgumentException("prefillTokens must be >= 1, got " + prefillTokens);
        }
    }

    /** With memory for all slots at their full length, and the defaults of the rest. */
    public EngineSettings(int slots, int maxLength, ComputeSettings compute) {
        this(slots, maxLength, 0, DEFAULT_PREFIX_BYTES, DEFAULT_PREFILL_TOKENS, Precision.FLOAT32, compute);
    }
}
