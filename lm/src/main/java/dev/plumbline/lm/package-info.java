/** A language model: tokens in, per-token scalars out, gradients back in, weights on disk. */
@NullMarked
package dev.plumbline.lm;

import org.jspecify.annotations.NullMarked;
