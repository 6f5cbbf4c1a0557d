/** What an answer is worth: weighted components by rule and by model, computed together, with everything frozen. */
@NullMarked
package dev.plumbline.reward.judge;

import org.jspecify.annotations.NullMarked;
