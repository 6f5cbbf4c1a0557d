/** The decoder's mathematics: TorchScript source written for a configuration. */
@NullMarked
package dev.plumbline.lm.decoder;

import org.jspecify.annotations.NullMarked;
