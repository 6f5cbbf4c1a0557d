/** What is generated, checked against transformers' output, the model's own distribution and other batches. */
@NullMarked
package dev.plumbline.lm.generate;

import org.jspecify.annotations.NullMarked;
