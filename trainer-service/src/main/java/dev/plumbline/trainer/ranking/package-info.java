/** Learning from ranked answers: reward models, and policies directly. */
@NullMarked
package dev.plumbline.trainer.ranking;

import org.jspecify.annotations.NullMarked;
