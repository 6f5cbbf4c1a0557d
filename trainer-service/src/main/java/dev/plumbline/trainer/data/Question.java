package dev.plumbline.trainer.data;

import java.util.Optional;

/** A prompt to be answered, with the right answer for rule rewards if it is known. */
public record Question(PromptContent prompt, Optional<String> groundTruth) {}
