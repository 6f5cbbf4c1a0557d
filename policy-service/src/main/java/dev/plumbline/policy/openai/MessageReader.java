package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.ToolCall;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** One message of a conversation. */
final class MessageReader {
    private static final String ASSISTANT = "assistant";
    private static final List<String> ROLES = List.of("system", "user", ASSISTANT, "tool");
    private static final String CALLS = "tool_calls";
    private static final String TEXT = "text";

    private final Fields message;

    MessageReader(Fields message) {
        this.message = message;
    }

    ChatMessage read() {
        String role = role();
        List<ToolCall> calls = calls();
        if (!calls.isEmpty() && !role.equals(ASSISTANT)) {
            message.problem(CALLS, CALLS + " belong to messages of the assistant: leave them out");
        }
        message.value("function_call")
                .ifPresent(value ->
                        message.problem("function_call", "function_call is not supported here: use tool_calls"));
        ChatMessage.Builder read = ChatMessage.newBuilder();
        content(!calls.isEmpty(), read);
        return read.setRole(role)
                .setName(message.text("name").orElse(""))
                .addAllToolCalls(calls)
                .setToolCallId(message.text("tool_call_id").orElse(""))
                .setReasoningContent(message.text("reasoning_content").orElse(""))
                .build();
    }

    /** A developer's message is what a system's was called before. */
    private String role() {
        String role = message.text("role").orElse("");
        String known = role.equals("developer") ? "system" : role;
        if (!ROLES.contains(known)) {
            message.problem("role", "role must be system, developer, user, assistant or tool, got \"" + role + "\"");
        }
        return known;
    }

    /** Calls may stand without a word. */
    private void content(boolean called, ChatMessage.Builder read) {
        Optional<JsonNode> content = message.value("content");
        if (content.isEmpty()) {
            if (!called) {
                message.problem("content", "content is required: a string, or a list of parts of type text");
            }
            return;
        }
        JsonNode value = content.get();
        if (!value.isArray()) {
            message.text("content").ifPresent(read::setContent);
            return;
        }
        for (int i = 0; i < value.size(); i++) {
            part("content[" + i + "]", value.get(i))
                    .ifPresent(text -> read.addPartsBuilder().setText(text));
        }
    }

    private Optional<String> part(String name, JsonNode part) {
        JsonNode type = part.path("type");
        if (type.isTextual() && !type.textValue().equals(TEXT)) {
            message.problem(name, name + " must be of type text, got a part of type " + type + ": it is not read here");
            return Optional.empty();
        }
        return message.typed(
                name,
                part,
                "a part of type text: {\"type\": \"text\", \"text\": \"...\"}",
                type.isTextual() ? Fields.textIn(part.path(TEXT)) : Optional.empty());
    }

    private List<ToolCall> calls() {
        List<ObjectNode> calls = message.value(CALLS)
                .map(value -> message.list(CALLS, value, "an object", Fields::objectIn))
                .orElse(List.of());
        return IntStream.range(0, calls.size())
                .mapToObj(i -> call(message.in(CALLS + "[" + i + "]", calls.get(i))))
                .toList();
    }

    private static ToolCall call(Fields call) {
        if (!call.text("type").orElse("function").equals("function")) {
            call.problem("type", "type of a call must be \"function\"");
        }
        Optional<Fields> function =
                call.value("function").flatMap(Fields::objectIn).map(object -> call.in("function", object));
        String name = function.flatMap(inner -> inner.text("name")).orElse("");
        String arguments = function.flatMap(inner -> inner.text("arguments")).orElse("");
        if (name.isBlank()) {
            call.problem("function", "function of a call must be an object with a name and the text of its arguments");
        } else if (!Json.isObject(arguments)) {
            function.ifPresent(inner -> inner.problem(
                    "arguments", "arguments must be the text of a JSON object, got \"" + arguments + "\""));
        }
        return ToolCall.newBuilder()
                .setId(call.text("id").orElse(""))
                .setName(name)
                .setArgumentsJson(arguments)
                .build();
    }
}
