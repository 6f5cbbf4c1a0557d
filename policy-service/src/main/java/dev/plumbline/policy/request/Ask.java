package dev.plumbline.policy.request;

import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;

/**
 * What is asked for, before anything is checked.
 *
 * @param sampling what of it is set
 * @param stopping what of it is set
 */
public record Ask(PromptInput prompt, Sampling sampling, Stopping stopping) {
    /** By a call. */
    public static Ask of(GenerateRequest request) {
        return new Ask(PromptInput.of(request), request.getSampling(), request.getStopping());
    }

    /** By a record that decides for itself. */
    public static Ask of(Prompt prompt) {
        return new Ask(PromptInput.of(prompt), prompt.getSampling(), prompt.getStopping());
    }
}
