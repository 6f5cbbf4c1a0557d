@NullMarked
package dev.plumbline.trainer.tensorboard;

import org.jspecify.annotations.NullMarked;
