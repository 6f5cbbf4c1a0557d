/** How much better than expected each token was. */
@NullMarked
package dev.plumbline.rl.advantage;

import org.jspecify.annotations.NullMarked;
