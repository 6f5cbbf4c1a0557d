/** From text and conversations to token ids, and back. */
@NullMarked
package dev.plumbline.lm.text;

import org.jspecify.annotations.NullMarked;
