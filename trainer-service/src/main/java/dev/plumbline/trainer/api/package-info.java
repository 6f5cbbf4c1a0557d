/** The gRPC edge of the trainer. */
@NullMarked
package dev.plumbline.trainer.api;

import org.jspecify.annotations.NullMarked;
