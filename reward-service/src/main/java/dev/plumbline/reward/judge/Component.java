package dev.plumbline.reward.judge;

/**
 * One part of a reward.
 *
 * @param name unique within the reward
 * @param weight its factor in the total; 0 only logs it
 * @param measure where its raw value comes from
 */
record Component(String name, float weight, Measure measure) {}
