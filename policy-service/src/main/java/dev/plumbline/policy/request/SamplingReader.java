package dev.plumbline.policy.request;

import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.proto.exchange.v1.Sampling;
import java.util.function.LongSupplier;

/** Fills in how to draw, and notes what cannot be. */
final class SamplingReader {
    private static final String SAMPLING = "INVALID_SAMPLING";

    /** Of frequency and presence penalties, either way. */
    private static final float MOST_PENALTY = 2;

    /** Of logits, either way. */
    private static final float MOST_BIAS = 100;

    private final int maxSamples;

    /** @param maxSamples the most answers to one prompt */
    SamplingReader(int maxSamples) {
        this.maxSamples = maxSamples;
    }

    /** In effect, every number set. */
    Sampling read(Sampling asked, LongSupplier freshSeed, ModelText model, Problems problems) {
        Sampling sampling = asked.toBuilder()
                .setTemperature(asked.hasTemperature() ? asked.getTemperature() : 1)
                .setTopK(asked.getTopK())
                .setTopP(asked.hasTopP() ? asked.getTopP() : 1)
                .setMinP(asked.getMinP())
                .setRepetitionPenalty(asked.hasRepetitionPenalty() ? asked.getRepetitionPenalty() : 1)
                .setFrequencyPenalty(asked.getFrequencyPenalty())
                .setPresencePenalty(asked.getPresencePenalty())
                .setSeed(asked.hasSeed() ? asked.getSeed() : freshSeed.getAsLong())
                .setNumSamples(asked.hasNumSamples() ? asked.getNumSamples() : 1)
                .build();
        checkCuts(sampling, problems);
        checkPenalties(sampling, problems);
        checkTokens(sampling, model, problems);
        int samples = sampling.getNumSamples();
        problems.require(
                samples >= 1 && samples <= maxSamples,
                SAMPLING,
                "sampling.num_samples",
                "num_samples must be from 1 to " + maxSamples + ", got " + samples);
        return sampling;
    }

    private static void checkCuts(Sampling sampling, Problems problems) {
        float temperature = sampling.getTemperature();
        int topK = sampling.getTopK();
        float topP = sampling.getTopP();
        float minP = sampling.getMinP();
        problems.require(
                temperature >= 0 && Float.isFinite(temperature),
                SAMPLING,
                "sampling.temperature",
                "temperature must be >= 0 (0 is greedy), got " + temperature);
        problems.require(
                !(temperature > 0 && temperature < SamplingParameters.LEAST_TEMPERATURE),
                SAMPLING,
                "sampling.temperature",
                "temperature must be 0 (greedy) or at least " + SamplingParameters.LEAST_TEMPERATURE + ", got "
                        + temperature);
        problems.require(topK >= 0, SAMPLING, "sampling.top_k", "top_k must be >= 0 (0 is off), got " + topK);
        problems.require(
                topP > 0 && topP <= 1, SAMPLING, "sampling.top_p", "top_p must be in (0, 1] (1 is off), got " + topP);
        problems.require(
                minP >= 0 && minP <= 1, SAMPLING, "sampling.min_p", "min_p must be in [0, 1] (0 is off), got " + minP);
    }

    private static void checkPenalties(Sampling sampling, Problems problems) {
        float repetition = sampling.getRepetitionPenalty();
        float frequency = sampling.getFrequencyPenalty();
        float presence = sampling.getPresencePenalty();
        problems.require(
                repetition > 0 && Float.isFinite(repetition),
                SAMPLING,
                "sampling.repetition_penalty",
                "repetition_penalty must be > 0 (1 is off), got " + repetition);
        problems.require(
                Math.abs(frequency) <= MOST_PENALTY,
                SAMPLING,
                "sampling.frequency_penalty",
                "frequency_penalty must be in [-2, 2] (0 is off), got " + frequency);
        problems.require(
                Math.abs(presence) <= MOST_PENALTY,
                SAMPLING,
                "sampling.presence_penalty",
                "presence_penalty must be in [-2, 2] (0 is off), got " + presence);
    }

    private static void checkTokens(Sampling sampling, ModelText model, Problems problems) {
        sampling.getLogitBiasMap().forEach((id, bias) -> {
            String field = "sampling.logit_bias[" + id + "]";
            model.requireToken(id, SAMPLING, field, problems);
            problems.require(
                    Math.abs(bias) <= MOST_BIAS, SAMPLING, field, "a bias must be in [-100, 100], got " + bias);
        });
        for (int i = 0; i < sampling.getAllowedTokenIdsCount(); i++) {
            model.requireToken(
                    sampling.getAllowedTokenIds(i), SAMPLING, "sampling.allowed_token_ids[" + i + "]", problems);
        }
    }
}
