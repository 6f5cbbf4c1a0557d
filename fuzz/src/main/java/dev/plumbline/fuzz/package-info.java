/** Calls that no client would make, for the tests of the services: what they say is nonsense, or nearly right. */
@NullMarked
package dev.plumbline.fuzz;

import org.jspecify.annotations.NullMarked;
