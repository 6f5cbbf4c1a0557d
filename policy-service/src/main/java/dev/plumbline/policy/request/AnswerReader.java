package dev.plumbline.policy.request;

import dev.plumbline.lm.generate.LogProbReport;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/** From what a caller asks to what an engine does: fills in the defaults and refuses what cannot be, all of it at once. */
public final class AnswerReader {
    private static final String REPORT = "INVALID_REPORT";
    private static final String STOPPING = "INVALID_STOPPING";
    private static final String PROMPT = "INVALID_PROMPT";

    private final SamplingReader sampling;

    /** @param maxSamples the most answers to one prompt */
    public AnswerReader(int maxSamples) {
        this.sampling = new SamplingReader(maxSamples);
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
        Sampling drawn = sampling.read(ask.sampling(), freshSeed, model, problems);
        int room = Math.max(1, model.contextLength() - promptIds.length);
        Stopping ended = stopping(ask.stopping(), room, model, problems);
        checkChoice(drawn, ended, model, problems);
        checkReport(ask.report(), problems);
        problems.throwIfAny();
        LogProbReport report =
                new LogProbReport(ask.report().topLogprobs(), ask.report().promptLogprobs());
        return new AnswerPlan(promptIds, drawn, ended, report, ask.conversation(), ask.turn());
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
                if (!model.requireToken(ids[i], PROMPT, field + ".ids[" + i + "]", problems)) {
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
            model.requireToken(id, STOPPING, "stopping.stop_token_ids", problems);
        }
        int most = Math.min(maxTokens, room);
        int minTokens = asked.getMinTokens();
        problems.require(
                minTokens >= 0 && minTokens <= Math.max(0, most),
                STOPPING,
                "stopping.min_tokens",
                "min_tokens must be from 0 to the answer's most tokens, " + most + ", got " + minTokens);
        return asked.toBuilder()
                .setMaxTokens(most)
                .setIgnoreEos(asked.getIgnoreEos())
                .setMinTokens(minTokens)
                .build();
    }

    /** Before the least number of tokens, something must be left that does not end the answer. */
    private static void checkChoice(Sampling drawn, Stopping ended, ModelText model, Problems problems) {
        List<Integer> allowed = drawn.getAllowedTokenIdsList();
        Set<Integer> ends = new HashSet<>(ended.getStopTokenIdsList());
        if (!ended.getIgnoreEos()) {
            ends.addAll(model.endIds());
        }
        problems.require(
                ended.getMinTokens() <= 0 || allowed.isEmpty() || !ends.containsAll(allowed),
                STOPPING,
                "stopping.min_tokens",
                "sampling.allowed_token_ids has nothing but tokens that end the answer, which min_tokens "
                        + ended.getMinTokens() + " forbids: allow another token or leave min_tokens unset");
    }

    private static void checkReport(Ask.Report report, Problems problems) {
        problems.require(
                report.topLogprobs() >= 0 && report.topLogprobs() <= LogProbReport.MOST_ALTERNATIVES,
                REPORT,
                "top_logprobs",
                "top_logprobs must be from 0 to " + LogProbReport.MOST_ALTERNATIVES + ", got " + report.topLogprobs());
    }
}
