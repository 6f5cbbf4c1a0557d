/** What a run is asked to do: defaults filled in, everything wrong with it found at once, turned into settings. */
@NullMarked
package dev.plumbline.trainer.spec;

import org.jspecify.annotations.NullMarked;
