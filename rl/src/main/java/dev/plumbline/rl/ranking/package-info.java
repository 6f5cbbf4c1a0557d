/** Reward models from ranked answers. */
@NullMarked
package dev.plumbline.rl.ranking;

import org.jspecify.annotations.NullMarked;
