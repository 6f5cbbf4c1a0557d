/** How far a policy is from its reference, and how strongly that counts. */
@NullMarked
package dev.plumbline.rl.kl;

import org.jspecify.annotations.NullMarked;
