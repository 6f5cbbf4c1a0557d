package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.TopLogprobs;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes one answer and its parts.
 *
 * @param id of the answer
 * @param created when it was asked for
 * @param model "name@version" that answers
 * @param listeners gives each choice one of its own
 */
record AnswerText(
        String id,
        Instant created,
        String model,
        ChoiceShape shape,
        AnswerForm form,
        TokenNames names,
        Supplier<Listener> listeners) {
    /** A whole answer without its choices. */
    ObjectNode whole() {
        return head(shape.wholeObject());
    }

    /** An event without its choices. */
    ObjectNode chunk() {
        ObjectNode chunk = head(shape.chunkObject());
        if (form.usage()) {
            chunk.putNull("usage");
        }
        return chunk;
    }

    private ObjectNode head(String object) {
        return Json.newObject()
                .put("id", id)
                .put("object", object)
                .put("created", created.getEpochSecond())
                .put("model", model);
    }

    /** What every choice has beside its text. */
    void fill(ObjectNode choice, Spoken spoken, int offset, Optional<String> reason) {
        form.logprobs()
                .filter(alternatives -> spoken.size() > 0 || reason.isEmpty())
                .ifPresentOrElse(
                        alternatives -> choice.set("logprobs", shape.logprobs(spoken, alternatives, offset, names)),
                        () -> choice.putNull("logprobs"));
        reason.ifPresentOrElse(known -> choice.put("finish_reason", known), () -> choice.putNull("finish_reason"));
    }

    /**
     * Why an answer ended, as far as this API has words for it; "abort" is what other servers say of a truncated one.
     *
     * @param called whether tools were called in it
     */
    static String name(FinishReason reason, boolean called) {
        return switch (reason) {
            case FINISH_REASON_EOS, FINISH_REASON_STOP_STRING, FINISH_REASON_STOP_TOKEN ->
                called ? "tool_calls" : "stop";
            case FINISH_REASON_LENGTH -> "length";
            case FINISH_REASON_DEADLINE,
                    FINISH_REASON_CANCELLED,
                    FINISH_REASON_ABORTED,
                    FINISH_REASON_UNSPECIFIED,
                    UNRECOGNIZED -> "abort";
        };
    }

    /** The prompt as its sender wrote it, or as its ids read. */
    String prompt(GenerateRequest request) {
        return request.hasText()
                ? request.getText()
                : names.text(request.getTokenIds().getIdsList());
    }

    static void putIds(ObjectNode holder, String field, List<Integer> ids) {
        ArrayNode array = holder.putArray(field);
        ids.forEach(array::add);
    }

    static void putUsage(ObjectNode answer, Usage usage) {
        answer.putObject("usage")
                .put("prompt_tokens", usage.getPromptTokens())
                .put("completion_tokens", usage.getCompletionTokens())
                .put("total_tokens", usage.getPromptTokens() + usage.getCompletionTokens());
    }

    /** Per token of the prompt an object by ids; null for the first, which nothing foretells. */
    void putPromptLogprobs(ObjectNode holder, Spoken prompt, int alternatives) {
        ArrayNode tokens = holder.putArray("prompt_logprobs");
        for (int token = 0; token < prompt.size(); token++) {
            if (Float.isNaN(prompt.logprob(token))) {
                tokens.addNull();
            } else {
                putPromptLogprob(tokens.addObject(), prompt, token, alternatives);
            }
        }
    }

    private void putPromptLogprob(ObjectNode byId, Spoken prompt, int token, int alternatives) {
        int id = prompt.ids().get(token);
        entry(byId, id, prompt.logprob(token)).putNull("rank");
        TopLogprobs others = prompt.alternatives(token);
        for (int i = 0; i < others.getTokenIdsCount(); i++) {
            if (i < alternatives || others.getTokenIds(i) == id) {
                entry(byId, others.getTokenIds(i), others.getRawLogprobs(i)).put("rank", i + 1);
            }
        }
    }

    private ObjectNode entry(ObjectNode byId, int id, float logprob) {
        ObjectNode entry = byId.putObject(Integer.toString(id));
        entry.set("logprob", TokenNames.number(logprob));
        return entry.put("decoded_token", names.of(id));
    }
}
