/** One scheduler for all callers: one bounded queue, one thread that drives the engines. */
@NullMarked
package dev.plumbline.policy.engine;

import org.jspecify.annotations.NullMarked;
