/** Behaviour of ppo. */
@NullMarked
package dev.plumbline.trainer.ppo;

import org.jspecify.annotations.NullMarked;
