package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.text.ToolCall;
import dev.plumbline.policy.tool.Said;
import dev.plumbline.proto.exchange.v1.TopLogprobs;

/** {@code /v1/chat/completions}. */
final class ChatShape implements ChoiceShape {
    private static final String ROLE = "assistant";

    @Override
    public String idPrefix() {
        return "chatcmpl-";
    }

    @Override
    public String wholeObject() {
        return "chat.completion";
    }

    @Override
    public String chunkObject() {
        return "chat.completion.chunk";
    }

    @Override
    public void putWhole(ObjectNode choice, Said said) {
        ObjectNode message = choice.putObject("message").put("role", ROLE);
        if (said.text().isEmpty() && !said.calls().isEmpty()) {
            message.putNull("content");
        } else {
            message.put("content", said.text());
        }
        message.putNull("refusal");
        if (!said.calls().isEmpty()) {
            ArrayNode calls = message.putArray("tool_calls");
            said.calls().forEach(call -> put(calls.addObject(), call));
        }
    }

    @Override
    public void putChunk(ObjectNode choice, Said said, boolean first, int called) {
        ObjectNode delta = choice.putObject("delta");
        if (first) {
            delta.put("role", ROLE).put("content", said.text());
        } else if (!said.text().isEmpty()) {
            delta.put("content", said.text());
        }
        if (!said.calls().isEmpty()) {
            ArrayNode calls = delta.putArray("tool_calls");
            for (int i = 0; i < said.calls().size(); i++) {
                put(calls.addObject().put("index", called + i), said.calls().get(i));
            }
        }
    }

    private static void put(ObjectNode entry, ToolCall call) {
        entry.put("id", call.id())
                .put("type", "function")
                .putObject("function")
                .put("name", call.name())
                .put("arguments", call.argumentsJson());
    }

    @Override
    public ObjectNode logprobs(Spoken spoken, int alternatives, int offset, TokenNames names) {
        ObjectNode logprobs = Json.newObject();
        ArrayNode content = logprobs.putArray("content");
        for (int token = 0; token < spoken.size(); token++) {
            ObjectNode entry = content.addObject();
            put(entry, spoken.ids().get(token), spoken.logprob(token), names);
            ArrayNode top = entry.putArray("top_logprobs");
            TopLogprobs others = spoken.alternatives(token);
            for (int i = 0; i < Math.min(alternatives, others.getTokenIdsCount()); i++) {
                put(top.addObject(), others.getTokenIds(i), others.getRawLogprobs(i), names);
            }
        }
        logprobs.putNull("refusal");
        return logprobs;
    }

    private static void put(ObjectNode entry, int id, float logprob, TokenNames names) {
        entry.put("token", names.of(id));
        entry.set("logprob", TokenNames.number(logprob));
        entry.set("bytes", names.bytes(id));
    }

    @Override
    public ObjectNode holderOfPrompt(ObjectNode answer, ObjectNode choice) {
        return answer;
    }
}
