/** The golden numbers of PyTorch and TRL, and the files that hold them. */
@NullMarked
package dev.plumbline.rl.vectors;

import org.jspecify.annotations.NullMarked;
