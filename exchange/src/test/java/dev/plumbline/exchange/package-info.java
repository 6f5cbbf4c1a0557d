/** Proves the exchange on a real broker. */
@NullMarked
package dev.plumbline.exchange;

import org.jspecify.annotations.NullMarked;
