/** What a decoder is made of: its {@code config.json}, and the names and shapes of its tensors. */
@NullMarked
package dev.plumbline.lm.architecture;

import org.jspecify.annotations.NullMarked;
