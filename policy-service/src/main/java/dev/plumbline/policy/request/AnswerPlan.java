package dev.plumbline.policy.request;

import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;

/**
 * A request that was read and checked, for one model.
 *
 * @param promptIds the prompt as given to the model, not to be modified
 * @param sampling in effect, every number set
 * @param stopping in effect, max_tokens and ignore_eos set
 */
@SuppressWarnings("ArrayRecordComponent") // a request's data on its way to the engine: never compared
public record AnswerPlan(int[] promptIds, Sampling sampling, Stopping stopping) {
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
        return new GenerationRequest(
                promptIds,
                count,
                first,
                new SamplingParameters(
                        sampling.getTemperature(), sampling.getTopK(), sampling.getTopP(), sampling.getMinP()),
                new StopConditions(
                        stopping.getMaxTokens(),
                        0,
                        stopping.getStopStringsList(),
                        stopping.getStopTokenIdsList().stream()
                                .mapToInt(Integer::intValue)
                                .toArray(),
                        stopping.getIgnoreEos()),
                sampling.getSeed());
    }
}
