package dev.plumbline.reward.judge;

import dev.plumbline.reward.rule.GivenAnswer;

/**
 * One answer to be judged.
 *
 * @param prompt what was asked
 * @param response what was answered
 * @param given the same as rules see it
 */
public record Answer(Prompt prompt, Response response, GivenAnswer given) {}
