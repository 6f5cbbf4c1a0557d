/** The decoder's mathematics against a second implementation, and its use of native memory. */
@NullMarked
package dev.plumbline.lm.decoder;

import org.jspecify.annotations.NullMarked;
