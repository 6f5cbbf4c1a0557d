package dev.plumbline.policy;

import java.nio.file.Path;
import java.util.Objects;

/** The tiny checkpoints of the golden numbers. */
public final class Checkpoints {
    private Checkpoints() {}

    /** A causal model with a ChatML template, a context of 128 tokens. */
    public static Path qwen2() {
        return vectors().resolve("models/qwen2");
    }

    /** A causal model without chat template. */
    public static Path llama() {
        return vectors().resolve("models/llama");
    }

    /** A score head on the same trunk. */
    public static Path qwen2Reward() {
        return vectors().resolve("models/qwen2-reward");
    }

    private static Path vectors() {
        return Path.of(Objects.requireNonNull(System.getProperty("plumbline.vectors"), "plumbline.vectors"));
    }
}
