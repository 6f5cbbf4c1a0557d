package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
    public void putWhole(ObjectNode choice, String text) {
        choice.putObject("message").put("role", ROLE).put("content", text).putNull("refusal");
    }

    @Override
    public void putChunk(ObjectNode choice, String text, boolean first) {
        ObjectNode delta = choice.putObject("delta");
        if (first) {
            delta.put("role", ROLE).put("content", text);
        } else if (!text.isEmpty()) {
            delta.put("content", text);
        }
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
