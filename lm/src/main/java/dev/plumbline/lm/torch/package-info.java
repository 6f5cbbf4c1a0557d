/** The native seam: TorchScript archives made by Java, loaded by libtorch through DJL, and called with tensors. */
@NullMarked
package dev.plumbline.lm.torch;

import org.jspecify.annotations.NullMarked;
