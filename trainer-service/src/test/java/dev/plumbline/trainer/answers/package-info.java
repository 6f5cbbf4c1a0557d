/** Behaviour of answers. */
@NullMarked
package dev.plumbline.trainer.answers;

import org.jspecify.annotations.NullMarked;
