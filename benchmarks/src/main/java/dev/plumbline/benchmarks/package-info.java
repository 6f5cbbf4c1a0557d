/** Programs that measure speed and memory; no tests. */
@NullMarked
package dev.plumbline.benchmarks;

import org.jspecify.annotations.NullMarked;
