/** A house in virtual time: the real classes on a log in memory, with everything that can go wrong on the way. */
@NullMarked
package dev.plumbline.trainer.simulation;

import org.jspecify.annotations.NullMarked;
