@NullMarked
package dev.plumbline.reward.verifier;

import org.jspecify.annotations.NullMarked;
