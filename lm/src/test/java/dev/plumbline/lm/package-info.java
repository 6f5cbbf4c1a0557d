/** The models against golden numbers and against their own promises. */
@NullMarked
package dev.plumbline.lm;

import org.jspecify.annotations.NullMarked;
