/** Checkpoints: what is read, refused and written. */
@NullMarked
package dev.plumbline.lm.checkpoint;

import org.jspecify.annotations.NullMarked;
