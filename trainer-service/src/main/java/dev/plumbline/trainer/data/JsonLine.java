package dev.plumbline.trainer.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The fields of one line, read with their types checked. */
final class JsonLine {
    private static final Set<String> ROLES = Set.of("system", "user", "assistant");

    private final ObjectNode object;
    private final DataSettings settings;

    JsonLine(ObjectNode object, DataSettings settings) {
        this.object = object;
        this.settings = settings;
    }

    FieldNames fields() {
        return settings.fields();
    }

    boolean has(String field) {
        return object.hasNonNull(field);
    }

    JsonNode node(String field) throws MalformedLineException {
        JsonNode node = object.get(field);
        if (node == null || node.isNull()) {
            throw lacks("\"" + field + "\"");
        }
        return node;
    }

    /** A field that must be there is not: says which fields are, and how to map them. */
    MalformedLineException lacks(String what) {
        Set<String> present = new TreeSet<>();
        object.fieldNames().forEachRemaining(present::add);
        return new MalformedLineException("has no " + what + " but " + present + "; name its fields in data.fields");
    }

    String text(String field) throws MalformedLineException {
        return text(field, node(field));
    }

    /** A prompt with the data's prefix and suffix. */
    PromptContent prompt(String field) throws MalformedLineException {
        JsonNode node = node(field);
        return node.isArray() ? chat(messages(field, node)) : textPrompt(text(field, node));
    }

    PromptContent textPrompt(String text) {
        return new PromptContent.Text(settings.promptPrefix() + text + settings.promptSuffix());
    }

    PromptContent chat(List<ChatMessage> messages) throws MalformedLineException {
        if (!settings.promptPrefix().isEmpty() || !settings.promptSuffix().isEmpty()) {
            throw new MalformedLineException(
                    "is a conversation, to which prompt_prefix and prompt_suffix cannot be added; leave them empty");
        }
        if (messages.isEmpty()) {
            throw new MalformedLineException("has an answer without any turn before it");
        }
        return new PromptContent.Chat(messages);
    }

    /** An answer: text, or a list with one turn of the assistant. */
    String answer(String field, JsonNode node) throws MalformedLineException {
        if (!node.isArray()) {
            return text(field, node);
        }
        List<ChatMessage> turns = messages(field, node);
        if (turns.size() != 1 || !turns.get(0).role().equals("assistant")) {
            throw new MalformedLineException("\"" + field + "\" must be text or one turn of the assistant");
        }
        return turns.get(0).content();
    }

    List<ChatMessage> messages(String field) throws MalformedLineException {
        return messages(field, node(field));
    }

    List<ChatMessage> messages(String field, JsonNode node) throws MalformedLineException {
        if (!node.isArray() || node.isEmpty()) {
            throw new MalformedLineException("\"" + field + "\" must be a list of turns with role and content");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode turn : node) {
            String role = turn.path("role").asText("");
            if (!ROLES.contains(role) || !turn.path("content").isTextual()) {
                throw new MalformedLineException("\"" + field + "\"[" + messages.size()
                        + "] must have a role of system, user, assistant and a text content, got role \"" + role
                        + "\" and content of type " + turn.path("content").getNodeType());
            }
            messages.add(new ChatMessage(role, turn.get("content").textValue()));
        }
        return messages;
    }

    private static String text(String field, JsonNode node) throws MalformedLineException {
        if (!node.isTextual()) {
            throw new MalformedLineException("\"" + field + "\" must be text, got " + node.getNodeType());
        }
        return node.textValue();
    }
}
