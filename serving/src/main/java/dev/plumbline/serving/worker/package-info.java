/** Work that is polled, and the thread that polls it. */
@NullMarked
package dev.plumbline.serving.worker;

import org.jspecify.annotations.NullMarked;
