/** Calls from one service of the house to another. */
@NullMarked
package dev.plumbline.serving.client;

import org.jspecify.annotations.NullMarked;
