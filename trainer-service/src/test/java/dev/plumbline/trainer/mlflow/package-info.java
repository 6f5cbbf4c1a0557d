@NullMarked
package dev.plumbline.trainer.mlflow;

import org.jspecify.annotations.NullMarked;
