/** What a run's outcome depends on beside its spec: code, libraries, and the bytes of its data. */
@NullMarked
package dev.plumbline.trainer.provenance;

import org.jspecify.annotations.NullMarked;
