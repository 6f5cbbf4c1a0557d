/** Learning from ranked answers: reward models, and policies directly. */
@NullMarked
package dev.plumbline.rl.ranking;

import org.jspecify.annotations.NullMarked;
