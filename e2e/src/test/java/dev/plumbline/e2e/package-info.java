/** Proves the house: its architecture, its manifests, and its processes with a real broker under real faults. */
@NullMarked
package dev.plumbline.e2e;

import org.jspecify.annotations.NullMarked;
