/** Runs as a page for a browser. */
@NullMarked
package dev.plumbline.trainer.page;

import org.jspecify.annotations.NullMarked;
