/**
 * The service as clients of OpenAI's HTTP API see it, and those who drive an engine by vLLM's: a thin translation to and from the
 * calls over gRPC.
 */
@NullMarked
package dev.plumbline.policy.openai;

import org.jspecify.annotations.NullMarked;
