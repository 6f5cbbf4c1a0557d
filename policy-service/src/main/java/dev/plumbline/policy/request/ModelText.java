package dev.plumbline.policy.request;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;

/**
 * How a model reads text. Safe for several threads.
 *
 * @param encoder its prompts
 * @param vocabularySize ids are in [0, vocabularySize)
 * @param contextLength the most tokens of prompt and answer together
 */
public record ModelText(Tokenizer tokenizer, TextEncoder encoder, int vocabularySize, int contextLength) {}
