/** Proves the embedded broker. */
@NullMarked
package dev.plumbline.exchange.broker;

import org.jspecify.annotations.NullMarked;
