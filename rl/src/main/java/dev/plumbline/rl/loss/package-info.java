/** Losses over tokens with their analytic derivatives. */
@NullMarked
package dev.plumbline.rl.loss;

import org.jspecify.annotations.NullMarked;
