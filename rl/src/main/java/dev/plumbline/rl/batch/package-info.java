/** Which experience is learned from together, decided by a seed. */
@NullMarked
package dev.plumbline.rl.batch;

import org.jspecify.annotations.NullMarked;
