package dev.plumbline.policy.request;

import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import java.util.function.LongSupplier;

/** From what a caller asks to what an engine does: fills in the defaults and refuses what cannot be, all of it at once. */
public final class AnswerReader {
    private static final String SAMPLING = "INVALID_SAMPLING";
    private static final String STOPPING = "INVALID_STOPPING";
    private static final String PROMPT = "INVALID_PROMPT";

    private final int maxSamples;

    /** @param maxSamples the most answers to one prompt */
    public AnswerReader(int maxSamples) {
        this.maxSamples = maxSamples;
    }

    /**
     * Reads a request for a model.
     *
     * @param freshSeed gives the seed of a request that has none
     * @param maxPromptTokens a bound below the context's own, as a run's contract may have
     */
    public AnswerPlan read(Ask ask, LongSupplier freshSeed, int maxPromptTokens, ModelText model) {
        Problems problems = new Problems();
        int[] promptIds = promptIds(ask.prompt(), model, problems);
        checkLength(promptIds.length, maxPromptTokens, model, problems);
        Sampling drawn = sampling(ask.sampling(), freshSeed, problems);
        int room = Math.max(1, model.contextLength() - promptIds.length);
        Stopping ended = stopping(ask.stopping(), room, model, problems);
        problems.throwIfAny();
        return new AnswerPlan(promptIds, drawn, ended);
    }

    private static void checkLength(int length, int maxPromptTokens, ModelText model, Problems problems) {
        problems.require(
                length < model.contextLength(),
                "CONTEXT_TOO_LONG",
                "prompt",
                "the prompt has " + length + " tokens and the context " + model.contextLength() + ": at most "
                        + (model.contextLength() - 1) + " leave room for an answer");
        problems.require(
                length <= maxPromptTokens,
                "CONTEXT_TOO_LONG",
                "prompt",
                "the prompt has " + length + " tokens, its run allows " + maxPromptTokens);
    }

    private static int[] promptIds(PromptInput prompt, ModelText model, Problems problems) {
        String field = field(prompt);
        try {
            int[] ids = encode(prompt, model);
            for (int i = 0; i < ids.length; i++) {
                if (ids[i] < 0 || ids[i] >= model.vocabularySize()) {
                    problems.add(
                            PROMPT,
                            field + ".ids[" + i + "]",
                            "ids must be in [0, " + model.vocabularySize() + "), got " + ids[i]);
                    return new int[0];
                }
            }
            problems.require(ids.length > 0, PROMPT, field, "the prompt must have at least one token");
            return ids;
        } catch (IllegalArgumentException e) {
            problems.add(PROMPT, field, String.valueOf(e.getMessage()));
            return new int[0];
        }
    }

    private static int[] encode(PromptInput prompt, ModelText model) {
        if (prompt instanceof PromptInput.Text text) {
            return model.encoder().prompt(text.text());
        }
        if (prompt instanceof PromptInput.Turns turns) {
            return model.encoder().prompt(WireConversation.read(turns.conversation()));
        }
        if (prompt instanceof PromptInput.Ids ids) {
            return ids.toArray();
        }
        throw new IllegalArgumentException("a prompt is required: set text, conversation or token_ids");
    }

    private static String field(PromptInput prompt) {
        if (prompt instanceof PromptInput.Text) {
            return "text";
        }
        if (prompt instanceof PromptInput.Turns) {
            return "conversation";
        }
        return prompt instanceof PromptInput.Ids ? "token_ids" : "prompt";
    }

    private Sampling sampling(Sampling asked, LongSupplier freshSeed, Problems problems) {
        float temperature = asked.hasTemperature() ? asked.getTemperature() : 1;
        int topK = asked.getTopK();
        float topP = asked.hasTopP() ? asked.getTopP() : 1;
        float minP = asked.getMinP();
        int samples = asked.hasNumSamples() ? asked.getNumSamples() : 1;
        problems.require(
                temperature >= 0 && Float.isFinite(temperature),
                SAMPLING,
                "sampling.temperature",
                "temperature must be >= 0 (0 is greedy), got " + temperature);
        problems.require(topK >= 0, SAMPLING, "sampling.top_k", "top_k must be >= 0 (0 is off), got " + topK);
        problems.require(
                topP > 0 && topP <= 1, SAMPLING, "sampling.top_p", "top_p must be in (0, 1] (1 is off), got " + topP);
        problems.require(
                minP >= 0 && minP <= 1, SAMPLING, "sampling.min_p", "min_p must be in [0, 1] (0 is off), got " + minP);
        problems.require(
                samples >= 1 && samples <= maxSamples,
                SAMPLING,
                "sampling.num_samples",
                "num_samples must be from 1 to " + maxSamples + ", got " + samples);
        return Sampling.newBuilder()
                .setTemperature(temperature)
                .setTopK(topK)
                .setTopP(topP)
                .setMinP(minP)
                .setSeed(asked.hasSeed() ? asked.getSeed() : freshSeed.getAsLong())
                .setNumSamples(samples)
                .build();
    }

    /** @param room tokens that the context leaves for the answer */
    private static Stopping stopping(Stopping asked, int room, ModelText model, Problems problems) {
        int maxTokens = asked.hasMaxTokens() ? asked.getMaxTokens() : room;
        problems.require(maxTokens >= 1, STOPPING, "stopping.max_tokens", "max_tokens must be >= 1, got " + maxTokens);
        problems.require(
                !asked.getStopStringsList().contains(""),
                STOPPING,
                "stopping.stop_strings",
                "a stop string must not be empty: leave it out");
        for (int id : asked.getStopTokenIdsList()) {
            problems.require(
                    id >= 0 && id < model.vocabularySize(),
                    STOPPING,
                    "stopping.stop_token_ids",
                    "ids must be in [0, " + model.vocabularySize() + "), got " + id);
        }
        return asked.toBuilder()
                .setMaxTokens(Math.min(maxTokens, room))
                .setIgnoreEos(asked.getIgnoreEos())
                .build();
    }
}
