/** reward-service: judges answers with everything frozen, for gRPC callers and for rollouts from Kafka. */
@NullMarked
package dev.plumbline.reward;

import org.jspecify.annotations.NullMarked;
