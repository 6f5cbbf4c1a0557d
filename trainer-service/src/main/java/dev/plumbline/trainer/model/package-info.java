/** Models a run starts from, and the versions it publishes. */
@NullMarked
package dev.plumbline.trainer.model;

import org.jspecify.annotations.NullMarked;
