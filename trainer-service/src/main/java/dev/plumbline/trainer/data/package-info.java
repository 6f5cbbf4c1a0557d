/** Examples in JSON Lines: read, split, turned into token ids, with an account of every line. */
@NullMarked
package dev.plumbline.trainer.data;

import org.jspecify.annotations.NullMarked;
