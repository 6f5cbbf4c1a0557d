/** Figures of runs in the files that TensorBoard reads. */
@NullMarked
package dev.plumbline.trainer.tensorboard;

import org.jspecify.annotations.NullMarked;
