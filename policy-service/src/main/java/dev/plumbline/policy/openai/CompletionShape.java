package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.policy.tool.Said;
import dev.plumbline.proto.exchange.v1.TopLogprobs;

/** {@code /v1/completions}. */
final class CompletionShape implements ChoiceShape {
    private static final String OBJECT = "text_completion";

    @Override
    public String idPrefix() {
        return "cmpl-";
    }

    @Override
    public String wholeObject() {
        return OBJECT;
    }

    @Override
    public String chunkObject() {
        return OBJECT;
    }

    @Override
    public void putWhole(ObjectNode choice, Said said) {
        choice.put("text", said.text());
    }

    @Override
    public void putChunk(ObjectNode choice, Said said, boolean first, int called) {
        choice.put("text", said.text());
    }

    @Override
    public ObjectNode logprobs(Spoken spoken, int alternatives, int offset, TokenNames names) {
        ObjectNode logprobs = Json.newObject();
        ArrayNode tokens = logprobs.putArray("tokens");
        ArrayNode ofTokens = logprobs.putArray("token_logprobs");
        ArrayNode top = logprobs.putArray("top_logprobs");
        ArrayNode offsets = logprobs.putArray("text_offset");
        int end = offset;
        for (int token = 0; token < spoken.size(); token++) {
            String name = names.of(spoken.ids().get(token));
            tokens.add(name);
            ofTokens.add(TokenNames.number(spoken.logprob(token)));
            offsets.add(end);
            end += name.length();
            TopLogprobs others = spoken.alternatives(token);
            ObjectNode byName = top.addObject();
            for (int i = 0; i < Math.min(alternatives, others.getTokenIdsCount()); i++) {
                byName.set(names.of(others.getTokenIds(i)), TokenNames.number(others.getRawLogprobs(i)));
            }
        }
        return logprobs;
    }

    /** Each choice may belong to another prompt. */
    @Override
    public ObjectNode holderOfPrompt(ObjectNode answer, ObjectNode choice) {
        return choice;
    }
}
