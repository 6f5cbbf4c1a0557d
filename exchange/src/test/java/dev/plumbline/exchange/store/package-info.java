/** Proves the model store on a real disk and over a real socket. */
@NullMarked
package dev.plumbline.exchange.store;

import org.jspecify.annotations.NullMarked;
