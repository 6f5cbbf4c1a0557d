package dev.plumbline.lm.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a chat template is rendered with.
 *
 * @param messages the turns in their order
 * @param toolsJson the tools that the model may call, each the text of a JSON object:
 *     {@code {"type": "function", "function": {"name", "description", "parameters"}}} with a JSON schema of parameters
 * @param chatTemplateKwargsJson further variables of the template by their names, as the text of a JSON object, such as
 *     {@code {"enable_thinking": false}}; empty for none
 */
public record Conversation(List<ChatMessage> messages, List<String> toolsJson, String chatTemplateKwargsJson) {
    private static final ObjectReader READER = JsonFile.MAPPER
            .readerFor(ObjectNode.class)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);

    private static final Set<String> RESERVED = Set.of("messages", "tools", "add_generation_prompt");

    /**
     * @throws IllegalArgumentException if a text that must be a JSON object is none; the message names all such fields
     */
    public Conversation {
        messages = List.copyOf(messages);
        toolsJson = List.copyOf(toolsJson);
        List<String> problems = new ArrayList<>();
        for (int turn = 0; turn < messages.size(); turn++) {
            List<ToolCall> calls = messages.get(turn).toolCalls();
            for (int call = 0; call < calls.size(); call++) {
                String path = "messages[" + turn + "].tool_calls[" + call + "]";
                if (calls.get(call).name().isBlank()) {
                    problems.add(path + ".name must be the name of a tool, got \""
                            + calls.get(call).name() + "\"");
                }
                check(calls.get(call).argumentsJson(), path + ".arguments_json", problems);
            }
        }
        for (int tool = 0; tool < toolsJson.size(); tool++) {
            check(toolsJson.get(tool), "tools_json[" + tool + "]", problems);
        }
        if (!chatTemplateKwargsJson.isEmpty()) {
            check(chatTemplateKwargsJson, "chat_template_kwargs_json", problems);
            RESERVED.stream()
                    .filter(name ->
                            problems.isEmpty() && parsed(chatTemplateKwargsJson).has(name))
                    .forEach(name -> problems.add("conversation.chat_template_kwargs_json must not name " + name
                            + ", which the call gives itself"));
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** A conversation without tools. */
    public Conversation(List<ChatMessage> messages) {
        this(messages, List.of(), "");
    }

    private static void check(String json, String field, List<String> problems) {
        try {
            object(json);
        } catch (JsonProcessingException e) {
            problems.add("conversation." + field + " must be a JSON object, got " + shortened(json) + ": "
                    + e.getOriginalMessage());
        }
    }

    private static String shortened(String json) {
        return '"' + (json.length() <= 40 ? json : json.substring(0, 40) + "…") + '"';
    }

    private static ObjectNode object(String json) throws JsonProcessingException {
        return READER.readValue(json);
    }

    /** A text that has been checked. */
    private static ObjectNode parsed(String json) {
        try {
            return object(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("not checked: " + json, e);
        }
    }

    /**
     * The variables of a chat template, as transformers gives them to it.
     *
     * @param inParts whether the template can read content that is a list; it is made one text otherwise
     */
    ObjectNode variables(boolean inParts) {
        ObjectNode variables = JsonFile.MAPPER.createObjectNode();
        ArrayNode turns = variables.putArray("messages");
        messages.forEach(message -> write(message, turns.addObject(), inParts));
        variables.putNull("tools").putNull("documents");
        if (!toolsJson.isEmpty()) {
            ArrayNode tools = variables.putArray("tools");
            toolsJson.forEach(tool -> tools.add(parsed(tool)));
        }
        if (!chatTemplateKwargsJson.isEmpty()) {
            variables.setAll(parsed(chatTemplateKwargsJson));
        }
        return variables;
    }

    private static void write(ChatMessage message, ObjectNode turn, boolean inParts) {
        turn.put("role", message.role());
        if (inParts && !message.content().parts().isEmpty()) {
            ArrayNode parts = turn.putArray("content");
            message.content()
                    .parts()
                    .forEach(text -> parts.addObject().put("type", "text").put("text", text));
        } else {
            turn.put("content", message.content().text());
        }
        putIfAny(turn, "reasoning_content", message.reasoningContent());
        for (ToolCall call : message.toolCalls()) {
            ObjectNode entry = turn.withArray("tool_calls").addObject();
            putIfAny(entry, "id", call.id());
            entry.put("type", "function")
                    .putObject("function")
                    .put("name", call.name())
                    .set("arguments", parsed(call.argumentsJson()));
        }
        putIfAny(turn, "name", message.name());
        putIfAny(turn, "tool_call_id", message.toolCallId());
    }

    private static void putIfAny(ObjectNode node, String key, String text) {
        if (!text.isEmpty()) {
            node.put(key, text);
        }
    }
}
