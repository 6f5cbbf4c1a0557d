/** The gRPC face of the service. */
@NullMarked
package dev.plumbline.policy.call;

import org.jspecify.annotations.NullMarked;
