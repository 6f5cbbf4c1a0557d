package dev.plumbline.trainer.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.lm.text.Content;
import dev.plumbline.lm.text.Conversation;
import dev.plumbline.lm.text.ToolCall;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The fields of one line, read with their types checked. */
final class JsonLine {
    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");

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

    /** Where the example comes from, if the line says so. */
    Optional<String> source() throws MalformedLineException {
        String field = fields().source();
        if (!has(field)) {
            return Optional.empty();
        }
        JsonNode source = node(field);
        if (!source.isValueNode() || source.asText().isBlank()) {
            throw new MalformedLineException("\"" + field + "\" must name where the line comes from, got " + source
                    + "; if it means something else, give data.fields.source another name");
        }
        return Optional.of(source.asText());
    }

    /** The right answer for rule rewards, if the line has it. Throws if it is needed and is not there. */
    Optional<String> groundTruth(boolean needed) throws MalformedLineException {
        String field = fields().groundTruth();
        if (has(field)) {
            return Optional.of(text(field));
        }
        if (needed) {
            throw lacks("\"" + field + "\", which a component of the reward compares with");
        }
        return Optional.empty();
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
        try {
            return new PromptContent.Chat(new Conversation(messages, tools(), ""));
        } catch (IllegalArgumentException e) {
            throw new MalformedLineException(String.valueOf(e.getMessage()));
        }
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
        return said(field, turns.get(0));
    }

    /** An answer is learnt as text; what a chat template would write of it in another way must not be lost. */
    static String said(String field, ChatMessage answer) throws MalformedLineException {
        if (!answer.toolCalls().isEmpty() || !answer.reasoningContent().isEmpty()) {
            throw new MalformedLineException(
                    "\"" + field + "\" must end with an answer in content alone, got tool_calls"
                            + " or reasoning_content; write them into content as the model is to write them");
        }
        return answer.content().text();
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
            messages.add(message("\"" + field + "\"[" + messages.size() + "]", turn));
        }
        return messages;
    }

    private static ChatMessage message(String place, JsonNode turn) throws MalformedLineException {
        String role = turn.path("role").asText("");
        JsonNode content = turn.path("content");
        List<ToolCall> calls = new ArrayList<>();
        for (JsonNode call : turn.path("tool_calls")) {
            JsonNode function = call.path("function");
            JsonNode arguments = function.path("arguments");
            // OpenAI's clients write the arguments as a text, transformers as the object itself.
            calls.add(new ToolCall(
                    call.path("id").asText(""),
                    function.path("name").asText(""),
                    arguments.isTextual() ? arguments.textValue() : arguments.toString()));
        }
        boolean nothing = content.isNull() || content.isMissingNode();
        boolean hasContent = content.isTextual() || isParts(content) || (!calls.isEmpty() && nothing);
        if (!ROLES.contains(role) || !hasContent) {
            throw new MalformedLineException(place + " must have a role of system, user, assistant, tool and a text"
                    + " content, got role \"" + role + "\" and content of type " + content.getNodeType());
        }
        return new ChatMessage(
                role,
                content(place, content),
                turn.path("reasoning_content").asText(""),
                calls,
                turn.path("name").asText(""),
                turn.path("tool_call_id").asText(""));
    }

    /** Whether content is a list of texts; a picture or a sound cannot be learnt from. */
    private static boolean isParts(JsonNode content) {
        for (JsonNode part : content) {
            if (!part.path("type").asText("").equals("text")
                    || !part.path("text").isTextual()) {
                return false;
            }
        }
        return content.isArray() && !content.isEmpty();
    }

    private static Content content(String place, JsonNode content) throws MalformedLineException {
        if (!content.isArray()) {
            return new Content.Text(whole(place, content.asText("")));
        }
        List<String> parts = new ArrayList<>();
        for (JsonNode part : content) {
            parts.add(whole(place, part.path("text").textValue()));
        }
        return new Content.Parts(parts);
    }

    private List<String> tools() {
        List<String> tools = new ArrayList<>();
        object.path("tools").forEach(tool -> tools.add(tool.toString()));
        return tools;
    }

    private static String text(String field, JsonNode node) throws MalformedLineException {
        if (!node.isTextual()) {
            throw new MalformedLineException("\"" + field + "\" must be text, got " + node.getNodeType());
        }
        return whole("\"" + field + "\"", node.textValue());
    }

    /** JSON can escape half of a character, which no tokenizer can read. */
    private static String whole(String place, String text) throws MalformedLineException {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new MalformedLineException(
                    place + " holds half of a surrogate pair, as of a text that was cut within a character");
        }
        return text;
    }
}
