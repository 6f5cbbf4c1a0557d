/** Reward models from ranked answers. */
@NullMarked
package dev.plumbline.trainer.ranking;

import org.jspecify.annotations.NullMarked;
