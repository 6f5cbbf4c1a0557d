/** The trainer's hold on the exchange: it alone writes models, runs and steps. */
@NullMarked
package dev.plumbline.trainer.house;

import org.jspecify.annotations.NullMarked;
