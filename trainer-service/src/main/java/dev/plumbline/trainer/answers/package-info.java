/** What is asked over the exchange, and what comes back answered and judged. */
@NullMarked
package dev.plumbline.trainer.answers;

import org.jspecify.annotations.NullMarked;
