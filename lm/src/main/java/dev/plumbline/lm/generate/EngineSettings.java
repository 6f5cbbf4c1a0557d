package dev.plumbline.lm.generate;

import dev.plumbline.lm.torch.ComputeDevice;
import dev.plumbline.lm.torch.ComputeSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * How much an engine does at once.
 *
 * @param slots how many answers are generated side by side
 * @param maxLength how many tokens prompt and answer may have together; no more than the model's positions are used
 * @param cacheBytes memory for keys and values, taken once; 0 for as much as all slots need at their full length. With less,
 *     fewer of the long answers are generated side by side
 * @param prefixBytes memory for beginnings of prompts, and for {@linkplain GenerationRequest#conversation conversations}, that are
 *     kept to be used again, taken once; 0 keeps none
 * @param prefillTokens the most prompt tokens of a step; beside an answer whose listener {@linkplain GenerationListener#readsAlong
 *     reads along} it takes fewer, so that this answer does not wait long for its next token
 * @param precision of the products with weights
 * @param cachePrecision in which keys and values are kept, those of kept beginnings too
 * @param deterministic whether an answer's tokens and log-probabilities are the same to the last bit whatever else the engine does:
 *     alone or in any batch, whichever parts its prompt was read in or copied from a kept beginning, in any slot, after a restart.
 *     Computes in {@linkplain StepShapes#FIXED fixed shapes} on one thread, with a context cut to a multiple of
 *     {@value StepShapes#LENGTH_STEP} tokens, and takes longer. Of conversations it keeps prompts only, as an answer's keys and
 *     values may have other bits if they are read. Does not hold between kinds of processors (libraries have other
 *     kernels for each), versions of libtorch, precisions, or contexts of different lengths
 * @param compute threads and device
 */
public record EngineSettings(
        int slots,
        int maxLength,
        long cacheBytes,
        long prefixBytes,
        int prefillTokens,
        Precision precision,
        Precision cachePrecision,
        boolean deterministic,
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
        if (deterministic) {
            requireRepeatable(maxLength, precision, cachePrecision, compute);
        }
    }

    private static void requireRepeatable(
            int maxLength, Precision precision, Precision cachePrecision, ComputeSettings compute) {
        List<String> problems = new ArrayList<>();
        if (precision == Precision.AUTO) {
            problems.add("precision must be FLOAT32 or BFLOAT16, got AUTO, which goes by timing");
        }
        if (cachePrecision == Precision.AUTO) {
            problems.add("cachePrecision must be FLOAT32 or BFLOAT16, got AUTO, which goes by timing");
        }
        if (compute.threads() != 1) {
            problems.add("compute.threads must be 1, got " + compute.threads());
        }
        if (!(compute.device() instanceof ComputeDevice.Cpu)) {
            problems.add("compute.device must be cpu, got " + compute.device());
        }
        if (maxLength < StepShapes.LENGTH_STEP) {
            problems.add("maxLength must be >= " + StepShapes.LENGTH_STEP + ", got " + maxLength);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("if deterministic, " + String.join("; ", problems));
        }
    }

    /** With memory for all slots at their full length, and the defaults of the rest. */
    public EngineSettings(int slots, int maxLength, ComputeSettings compute) {
        this(
                slots,
                maxLength,
                0,
                DEFAULT_PREFIX_BYTES,
                DEFAULT_PREFILL_TOKENS,
                Precision.FLOAT32,
                Precision.FLOAT32,
                false,
                compute);
    }

    /** The same with other memory. */
    public EngineSettings withMemory(long newCacheBytes, long newPrefixBytes) {
        return new EngineSettings(
                slots,
                maxLength,
                newCacheBytes,
                newPrefixBytes,
                prefillTokens,
                precision,
                cachePrecision,
                deterministic,
                compute);
    }
}
