/** Prompts from the log, answered as rollouts. */
@NullMarked
package dev.plumbline.policy.log;

import org.jspecify.annotations.NullMarked;
