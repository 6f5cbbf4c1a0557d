/** Random numbers that depend on what is drawn, not on when. */
@NullMarked
package dev.plumbline.lm.random;

import org.jspecify.annotations.NullMarked;
