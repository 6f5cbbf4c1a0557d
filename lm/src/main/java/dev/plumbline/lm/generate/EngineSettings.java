package dev.plumbline.lm.generate;

import dev.plumbline.lm.torch.ComputeSettings;

/**
 * How much an engine does at once.
 *
 * @param slots how many answers are generated side by side
 * @param maxLength how many tokens a slot holds, prompt and answer together; no more than the model's positions are used
 * @param prefillTokens after how many prompt tokens a step begins no other request, so that running answers do not wait
 *     long for their next token
 * @param compute threads and device
 */
public record EngineSettings(int slots, int maxLength, int prefillTokens, ComputeSettings compute) {
    private static final int DEFAULT_PREFILL_TOKENS = 512;

    public EngineSettings {
        if (slots < 1) {
            throw new IllegalArgumentException("slots must be >= 1, got " + slots);
        }
        if (maxLength < 2) {
            throw new IllegalArgumentException("maxLength must be >= 2, a prompt and an answer, got " + maxLength);
        }
        if (prefillTokens < 1) {
            throw new IllegalArgumentException("prefillTokens must be >= 1, got " + prefillTokens);
        }
    }

    /** With the default of {@code prefillTokens}. */
    public EngineSettings(int slots, int maxLength, ComputeSettings compute) {
        this(slots, maxLength, DEFAULT_PREFILL_TOKENS, compute);
    }
}
