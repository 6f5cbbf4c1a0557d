@NullMarked
package dev.plumbline.trainer.sft;

import org.jspecify.annotations.NullMarked;
