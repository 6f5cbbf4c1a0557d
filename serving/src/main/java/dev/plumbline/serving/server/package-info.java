/** A service's life on its gRPC server: start, health, calls, drain. */
@NullMarked
package dev.plumbline.serving.server;

import org.jspecify.annotations.NullMarked;
