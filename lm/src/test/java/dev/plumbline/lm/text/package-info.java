/** Tests of the way from text to ids and back. */
@NullMarked
package dev.plumbline.lm.text;

import org.jspecify.annotations.NullMarked;
