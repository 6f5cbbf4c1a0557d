package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The prompts of a request. */
final class PromptReader {
    private static final List<String> ROLES = List.of("system", "user", "assistant");

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
    GenerateRequest conversation() {
        Conversation.Builder conversation = Conversation.newBuilder();
        Optional<JsonNode> messages = fields.value("messages");
        if (messages.isEmpty() || messages.get().isEmpty()) {
            fields.problem("messages", "messages must be a list with at least one message");
        } else {
            fields.list("messages", messages.get(), "an object", PromptReader::objectIn);
            for (int i = 0; i < messages.get().size(); i++) {
                int index = i;
                objectIn(messages.get().path(i))
                        .ifPresent(message -> conversation.addMessages(message("messages[" + index + "]", message)));
            }
        }
        return GenerateRequest.newBuilder().setConversation(conversation).build();
    }

    private static Optional<ObjectNode> objectIn(JsonNode value) {
        return value instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
    }

    private ChatMessage message(String path, ObjectNode message) {
        Fields inner = fields.in(path, message);
        for (String tool : List.of("tool_calls", "function_call", "tool_call_id")) {
            inner.value(tool)
                    .filter(value -> !value.isEmpty() || value.isTextual())
                    .ifPresent(value -> inner.problem(tool, tool + " is not supported here: leave it out"));
        }
        return ChatMessage.newBuilder()
                .setRole(role(inner))
                .setContent(content(inner))
                .build();
    }

    /** A developer's message is what a system's was called before. */
    private static String role(Fields message) {
        String role = message.text("role").orElse("");
        String known = role.equals("developer") ? "system" : role;
        if (!ROLES.contains(known)) {
            message.problem("role", "role must be system, developer, user or assistant, got \"" + role + "\"");
        }
        return known;
    }

    private static String content(Fields message) {
        Optional<JsonNode> content = message.value("content");
        if (content.isEmpty()) {
            message.problem("content", "content is required: a string, or a list of parts of type text");
            return "";
        }
        JsonNode value = content.get();
        if (!value.isArray()) {
            return message.text("content").orElse("");
        }
        message.list(
                "content",
                value,
                "a part of type text: {\"type\": \"text\", \"text\": \"...\"}",
                PromptReader::textPart);
        return StreamSupport.stream(value.spliterator(), false)
                .flatMap(part -> textPart(part).stream())
                .collect(Collectors.joining());
    }

    private static Optional<String> textPart(JsonNode part) {
        return part.path("type").asText().equals("text") ? Fields.textIn(part.path("text")) : Optional.empty();
    }
}
