/** Configurations: what is understood and what is refused. */
@NullMarked
package dev.plumbline.lm.architecture;

import org.jspecify.annotations.NullMarked;
