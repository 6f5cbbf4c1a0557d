/** Verifiers outside of the house, which give values for answers over gRPC or HTTP. */
@NullMarked
package dev.plumbline.reward.verifier;

import org.jspecify.annotations.NullMarked;
