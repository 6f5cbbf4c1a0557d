package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.ToolCall;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** One message of a conversation. */
final class MessageReader {
    private static final String ASSISTANT = "assistant";
    private static final List<String> ROLES = List.of("system", "user", ASSISTANT, "tool");
    private static final String CALLS = "tool_calls";

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
        return ChatMessage.newBuilder()
                .setRole(role)
                .setContent(content(!calls.isEmpty()))
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
    private String content(boolean called) {
        Optional<JsonNode> content = message.value("content");
        if (content.isEmpty()) {
            if (!called) {
                message.problem("content", "content is required: a string, or a list of parts of type text");
            }
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
                MessageReader::textPart);
        return StreamSupport.stream(value.spliterator(), false)
                .flatMap(part -> textPart(part).stream())
                .collect(Collectors.joining());
    }

    private static Optional<String> textPart(JsonNode part) {
        return part.path("type").asText().equals("text") ? Fields.textIn(part.path("text")) : Optional.empty();
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
