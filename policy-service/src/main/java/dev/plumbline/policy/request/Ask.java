package dev.plumbline.policy.request;

import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import java.time.Instant;
import java.util.Optional;

/**
 * What is asked for, before anything is checked.
 *
 * @param sampling what of it is set
 * @param stopping what of it is set
 * @param report what is told besides the answers
 * @param turn when it is answered
 */
public record Ask(PromptInput prompt, Sampling sampling, Stopping stopping, Report report, Turn turn) {
    /**
     * What is told besides the answers.
     *
     * @param topLogprobs how many of the likeliest tokens in the place of each
     * @param promptLogprobs whether the prompt's tokens are told of too
     */
    public record Report(int topLogprobs, boolean promptLogprobs) {}

    /** By a record: its answers and nothing else, in its turn. */
    public Ask(PromptInput prompt, Sampling sampling, Stopping stopping) {
        this(prompt, sampling, stopping, new Report(0, false), Turn.ofLog(Optional.empty()));
    }

    /**
     * Whether whoever asks may come back with the answer in a longer prompt. Runs ask each prompt by itself, however it is
     * written.
     */
    boolean conversation() {
        return prompt instanceof PromptInput.Turns && turn.source() == Turn.Source.CALL;
    }

    /** By a call. */
    public static Ask of(GenerateRequest request) {
        return new Ask(
                PromptInput.of(request),
                request.getSampling(),
                request.getStopping(),
                new Report(request.getTopLogprobs(), request.getPromptLogprobs()),
                Turn.ofCall(request.getRequestId(), request.getPriority()));
    }

    /** By a record that decides for itself. */
    public static Ask of(Prompt prompt, Optional<Instant> deadline) {
        return new Ask(
                PromptInput.of(prompt),
                prompt.getSampling(),
                prompt.getStopping(),
                new Report(0, false),
                Turn.ofLog(deadline));
    }
}
