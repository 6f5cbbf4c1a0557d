/** Rewards by rule: functions of an answer and its ground truth, without any model. */
@NullMarked
package dev.plumbline.reward.rule;

import org.jspecify.annotations.NullMarked;
