/** Engines on another server, which speaks OpenAI's HTTP API with vLLM's options: token ids in, token ids and log-probs out. */
@NullMarked
package dev.plumbline.policy.remote;

import org.jspecify.annotations.NullMarked;
