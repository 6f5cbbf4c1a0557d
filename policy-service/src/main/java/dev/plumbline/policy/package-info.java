/** Samples answers from the newest published policy, for callers over gRPC and for prompts from the log. */
@NullMarked
package dev.plumbline.policy;

import org.jspecify.annotations.NullMarked;
