/** How the learning rate moves over a run. */
@NullMarked
package dev.plumbline.rl.schedule;

import org.jspecify.annotations.NullMarked;
