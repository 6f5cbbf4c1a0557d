/** Rewards per token, from a score per answer and the divergence per token. */
@NullMarked
package dev.plumbline.rl.reward;

import org.jspecify.annotations.NullMarked;
