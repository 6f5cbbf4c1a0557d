package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The prompts of a request. */
final class PromptReader {
    private final Fields fields;
    private final int maxPrompts;

    /** @param maxPrompts the most prompts of one request */
    PromptReader(Fields fields, int maxPrompts) {
        this.fields = fields;
        this.maxPrompts = maxPrompts;
    }

    /** {@code prompt}: a text, token ids, or a list of either. */
    List<GenerateRequest> plain() {
        Optional<JsonNode> prompt = fields.value("prompt");
        if (prompt.isEmpty()) {
            fields.problem("prompt", "a prompt is required: a string, a list of token ids, or a list of either");
            return List.of();
        }
        JsonNode value = prompt.get();
        boolean several = value.isArray() && !value.path(0).isNumber();
        if (!several) {
            return plain("prompt", value).stream().toList();
        }
        if (value.isEmpty() || value.size() > maxPrompts) {
            fields.problem(
                    "prompt", "prompt must have from 1 to " + maxPrompts + " prompts in its list, got " + value.size());
            return List.of();
        }
        List<GenerateRequest> prompts = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            plain("prompt[" + i + "]", value.get(i)).ifPresent(prompts::add);
        }
        return prompts;
    }

    private Optional<GenerateRequest> plain(String name, JsonNode value) {
        GenerateRequest.Builder request = GenerateRequest.newBuilder();
        if (value.isTextual()) {
            return Optional.of(request.setText(value.textValue()).build());
        }
        if (value.isArray()) {
            List<Integer> ids = fields.list(name, value, "a token id", Fields::integerIn);
            return Optional.of(
                    request.setTokenIds(TokenIds.newBuilder().addAllIds(ids)).build());
        }
        fields.wrong(name, value, "a string or a list of token ids");
        return Optional.empty();
    }

    /** {@code messages}. */
    Conversation.Builder conversation() {
        Conversation.Builder conversation = Conversation.newBuilder();
        Optional<JsonNode> messages = fields.value("messages");
        if (messages.isEmpty() || messages.get().isEmpty()) {
            fields.problem("messages", "messages must be a list with at least one message");
            return conversation;
        }
        fields.list("messages", messages.get(), "an object", Fields::objectIn);
        for (int i = 0; i < messages.get().size(); i++) {
            String path = "messages[" + i + "]";
            Fields.objectIn(messages.get().path(i))
                    .map(message -> new MessageReader(fields.in(path, message)).read())
                    .ifPresent(conversation::addMessages);
        }
        return conversation;
    }
}
