package dev.plumbline.policy.request;

import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.LogProbReport;
import dev.plumbline.lm.generate.Penalties;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.lm.generate.TokenPreferences;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import java.util.Set;

/**
 * A request that was read and checked, for one model.
 *
 * @param promptIds the prompt as given to the model, not to be modified
 * @param sampling in effect, every number set
 * @param stopping in effect, max_tokens, min_tokens and ignore_eos set
 * @param report what is told besides the answers
 * @param conversation whether the caller may come back with the answer in a longer prompt
 * @param turn when it is answered
 */
@SuppressWarnings("ArrayRecordComponent") // a request's data on its way to the engine: never compared
public record AnswerPlan(
        int[] promptIds, Sampling sampling, Stopping stopping, LogProbReport report, boolean conversation, Turn turn) {
    /** How many answers are wanted. */
    public int samples() {
        return sampling.getNumSamples();
    }

    /** The seed in effect. */
    public long seed() {
        return sampling.getSeed();
    }

    /** The most tokens this can come to, prompt and all answers. */
    public long tokens() {
        return promptIds.length + (long) samples() * stopping.getMaxTokens();
    }

    /** The engine's form of it, for {@code count} answers from {@code first} on. */
    public GenerationRequest generation(int first, int count) {
        return new GenerationRequest(promptIds, count, first, parameters(), stop(), sampling.getSeed())
                // All parts have the same prompt, which is told of once.
                .reporting(new LogProbReport(report.alternatives(), report.prompt() && first == 0))
                .inConversation(conversation);
    }

    private StopConditions stop() {
        return new StopConditions(
                stopping.getMaxTokens(),
                stopping.getMinTokens(),
                stopping.getStopStringsList(),
                stopping.getStopTokenIdsList().stream()
                        .mapToInt(Integer::intValue)
                        .toArray(),
                stopping.getIgnoreEos());
    }

    private SamplingParameters parameters() {
        return new SamplingParameters(
                sampling.getTemperature(),
                sampling.getTopK(),
                sampling.getTopP(),
                sampling.getMinP(),
                new Penalties(
                        sampling.getRepetitionPenalty(), sampling.getFrequencyPenalty(), sampling.getPresencePenalty()),
                new TokenPreferences(sampling.getLogitBiasMap(), Set.copyOf(sampling.getAllowedTokenIdsList())));
    }
}
