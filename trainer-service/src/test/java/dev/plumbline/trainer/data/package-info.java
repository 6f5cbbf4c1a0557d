/** Behaviour of data. */
@NullMarked
package dev.plumbline.trainer.data;

import org.jspecify.annotations.NullMarked;
