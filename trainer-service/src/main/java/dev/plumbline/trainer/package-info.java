/** The trainer: its settings and how it is put together. */
@NullMarked
package dev.plumbline.trainer;

import org.jspecify.annotations.NullMarked;
