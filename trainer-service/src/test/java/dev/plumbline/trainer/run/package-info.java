/** Behaviour of run. */
@NullMarked
package dev.plumbline.trainer.run;

import org.jspecify.annotations.NullMarked;
