/** PPO over the exchange: prompts out, trajectories in, versions out. */
@NullMarked
package dev.plumbline.trainer.ppo;

import org.jspecify.annotations.NullMarked;
