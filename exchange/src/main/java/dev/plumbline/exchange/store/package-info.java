/** Model versions as immutable directories: written, verified, and fetched from where they were published. */
@NullMarked
package dev.plumbline.exchange.store;

import org.jspecify.annotations.NullMarked;
