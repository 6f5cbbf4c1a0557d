/** Checkpoint directories in Hugging Face layout: read, checked, written, and weights made from a seed. */
@NullMarked
package dev.plumbline.lm.checkpoint;

import org.jspecify.annotations.NullMarked;
