/** What can go wrong for a caller, and its one translation to gRPC. */
@NullMarked
package dev.plumbline.serving.error;

import org.jspecify.annotations.NullMarked;
