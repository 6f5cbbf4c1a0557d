package dev.plumbline.cli.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.ContentPart;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.ToolCall;
import java.util.Set;

/** The conversation of a line of prompts, in the form of OpenAI's messages and tools. */
final class PromptConversation {
    private static final Set<String> KEYS =
            Set.of("role", "content", "reasoning_content", "tool_calls", "name", "tool_call_id");
    private static final String CALLS = "tool_calls";

    private final JsonMapper mapper;

    PromptConversation(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * Reads it.
     *
     * @param messages turns in their order
     * @param tools that the model may call; missing for none
     * @throws IllegalArgumentException naming what is wrong
     */
    Conversation read(JsonNode messages, JsonNode tools) {
        if (!messages.isArray() || messages.isEmpty()) {
            throw new IllegalArgumentException(
                    "\"messages\" must be a list of {\"role\", \"content\"}, got " + messages);
        }
        if (!tools.isMissingNode() && !tools.isArray()) {
            throw new IllegalArgumentException("\"tools\" must be a list of objects, got " + tools);
        }
        Conversation.Builder conversation = Conversation.newBuilder();
        messages.forEach(message -> conversation.addMessages(message(message)));
        for (JsonNode tool : tools) {
            if (!tool.isObject()) {
                throw new IllegalArgumentException("each of \"tools\" must be an object, got " + tool);
            }
            conversation.addToolsJson(tool.toString());
        }
        return conversation.build();
    }

    private ChatMessage message(JsonNode message) {
        message.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("unknown key \"" + key + "\" of a message; known: "
                        + String.join(", ", KEYS.stream().sorted().toList()));
            }
        });
        ChatMessage.Builder turn = ChatMessage.newBuilder()
                .setRole(PromptFile.text(message, "role"))
                .setReasoningContent(optional(message, "reasoning_content"))
                .setName(optional(message, "name"))
                .setToolCallId(optional(message, "tool_call_id"));
        JsonNode calls = message.path(CALLS);
        if (message.hasNonNull(CALLS) && !calls.isArray()) {
            throw new IllegalArgumentException("\"" + CALLS + "\" must be a list, got " + calls);
        }
        calls.forEach(call -> turn.addToolCalls(call(call)));
        content(message, turn);
        return turn.build();
    }

    /** Calls may stand without a word. */
    private static void content(JsonNode message, ChatMessage.Builder turn) {
        JsonNode content = message.path("content");
        if (content.isArray() && !content.isEmpty()) {
            content.forEach(part -> turn.addParts(part(part)));
        } else if (turn.getToolCallsCount() == 0) {
            turn.setContent(PromptFile.text(message, "content"));
        } else {
            turn.setContent(optional(message, "content"));
        }
    }

    private static ContentPart part(JsonNode part) {
        if (!part.path("type").asText().equals("text")) {
            throw new IllegalArgumentException(
                    "a part of \"content\" must be of type \"text\", got one of type " + part.path("type"));
        }
        return ContentPart.newBuilder().setText(PromptFile.text(part, "text")).build();
    }

    private ToolCall call(JsonNode call) {
        JsonNode function = call.path("function");
        return ToolCall.newBuilder()
                .setId(optional(call, "id"))
                .setName(PromptFile.text(function, "name"))
                .setArgumentsJson(arguments(function.path("arguments")))
                .build();
    }

    /** OpenAI's clients write them as a text, transformers as the object itself. */
    private String arguments(JsonNode given) {
        try {
            if ((given.isTextual() ? mapper.readTree(given.textValue()) : given).isObject()) {
                return given.isTextual() ? given.textValue() : given.toString();
            }
        } catch (JsonProcessingException e) {
            // No JSON, so no object either.
        }
        throw new IllegalArgumentException(
                "\"arguments\" of a call must be an object or the text of one, got " + given);
    }

    /** Empty if it is missing or null. */
    private static String optional(JsonNode object, String key) {
        JsonNode value = object.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isTextual()) {
            throw new IllegalArgumentException("\"" + key + "\" must be text, got " + value);
        }
        return value.textValue();
    }
}
