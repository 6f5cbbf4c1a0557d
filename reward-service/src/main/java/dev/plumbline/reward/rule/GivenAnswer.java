package dev.plumbline.reward.rule;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a rule looks at.
 *
 * @param text the answer as text, without special tokens
 * @param tokens number of response tokens, the EOS included; empty for an answer that is known as text only
 * @param groundTruth the right answer, if the prompt came with one
 */
public record GivenAnswer(String text, OptionalInt tokens, Optional<String> groundTruth) {}
