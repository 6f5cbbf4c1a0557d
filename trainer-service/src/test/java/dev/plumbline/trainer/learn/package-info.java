/** Behaviour of learn. */
@NullMarked
package dev.plumbline.trainer.learn;

import org.jspecify.annotations.NullMarked;
