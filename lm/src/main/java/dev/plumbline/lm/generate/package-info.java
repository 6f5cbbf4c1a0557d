/** Text generated in continuous batches: sequences share each step of one model, and join or leave at any step. */
@NullMarked
package dev.plumbline.lm.generate;

import org.jspecify.annotations.NullMarked;
