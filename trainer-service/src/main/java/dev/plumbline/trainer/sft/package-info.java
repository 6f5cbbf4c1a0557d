/** Supervised fine-tuning and plain-text language modelling. */
@NullMarked
package dev.plumbline.trainer.sft;

import org.jspecify.annotations.NullMarked;
