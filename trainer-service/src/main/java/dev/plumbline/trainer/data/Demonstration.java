package dev.plumbline.trainer.data;

/** A prompt and the answer to learn. */
public record Demonstration(PromptContent prompt, String completion) {}
