/** The native seam on real libtorch. */
@NullMarked
package dev.plumbline.lm.torch;

import org.jspecify.annotations.NullMarked;
