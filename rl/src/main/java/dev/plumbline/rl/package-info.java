/**
 * What to learn from experience: pure functions from arrays of a model's outputs to losses, their derivatives and
 * diagnostics.
 *
 * <p>Arrays are [sequence][response token] with rows of any length; inputs are never modified. Sums run in double, and
 * transcendental functions are {@link java.lang.StrictMath}'s, so a result is the same on every machine and JDK.
 */
@NullMarked
package dev.plumbline.rl;

import org.jspecify.annotations.NullMarked;
