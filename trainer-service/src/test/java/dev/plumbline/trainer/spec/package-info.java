/** Behaviour of spec. */
@NullMarked
package dev.plumbline.trainer.spec;

import org.jspecify.annotations.NullMarked;
