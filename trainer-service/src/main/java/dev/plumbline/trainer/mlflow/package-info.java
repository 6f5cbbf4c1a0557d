/** Copies of runs on an MLflow tracking server. */
@NullMarked
package dev.plumbline.trainer.mlflow;

import org.jspecify.annotations.NullMarked;
