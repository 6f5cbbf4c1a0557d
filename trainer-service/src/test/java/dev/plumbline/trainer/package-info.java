/** The trainer on a real broker, with models of a few thousand weights. */
@NullMarked
package dev.plumbline.trainer;

import org.jspecify.annotations.NullMarked;
