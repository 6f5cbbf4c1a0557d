package dev.plumbline.lm.generate;

import java.util.List;

/**
 * What leaves native memory after a part of a step.
 *
 * @param chosen one token for each draw
 * @param prompts of each part of a prompt that is reported, in their order: what {@code prompt_logprobs.py} computed
 * @param nanoseconds that the part took
 */
record StepResult(ChosenTokens chosen, List<double[]> prompts, long nanoseconds) {}
