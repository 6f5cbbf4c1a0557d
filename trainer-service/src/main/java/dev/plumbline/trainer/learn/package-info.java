/** What every stage does the same way: batches, micro-batches, learning rates, checkpoints in time. */
@NullMarked
package dev.plumbline.trainer.learn;

import org.jspecify.annotations.NullMarked;
