/** Durable runs: accepted, queued, worked on one at a time, watched, resumed after a restart. */
@NullMarked
package dev.plumbline.trainer.run;

import org.jspecify.annotations.NullMarked;
