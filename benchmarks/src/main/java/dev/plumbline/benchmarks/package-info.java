/** Programs that measure speed and memory, and hold what the platform does against what others do; no tests. */
@NullMarked
package dev.plumbline.benchmarks;

import org.jspecify.annotations.NullMarked;
