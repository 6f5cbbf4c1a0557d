package dev.plumbline.lm.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a checkpoint writes a conversation as one text: its own templates in Jinja, rendered as transformers'
 * {@code apply_chat_template} renders them. Nothing is parsed before it is needed, so that a checkpoint that is only
 * asked for text pays for no template engine.
 *
 * <p>Safe for use by several threads at once.
 */
final class ChatTemplate {
    private static final String DEFAULT = "default";
    private static final String TOOL_USE = "tool_use";

    private final String source;
    private final Map<String, String> texts;
    private final ObjectNode specialTokens;
    private final Clock clock;
    private final Map<String, JinjaTemplate> parsed = new LinkedHashMap<>();

    /**
     * @param source where the texts were found, for complaints
     * @param texts the templates by their names, none if the checkpoint has none
     * @param specialTokens what the templates see beside the conversation, such as {@code bos_token}
     */
    ChatTemplate(String source, Map<String, String> texts, ObjectNode specialTokens, Clock clock) {
        this.source = source;
        this.texts = Map.copyOf(texts);
        this.specialTokens = specialTokens;
        this.clock = clock;
    }

    /** The templates of a checkpoint: its own file, or else the field of {@code tokenizer_config.json}. */
    static ChatTemplate read(Path directory, ObjectNode specialTokens, Clock clock) {
        Path file = directory.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            try {
                Map<String, String> texts = Map.of(DEFAULT, Files.readString(file));
                return new ChatTemplate(file.toString(), texts, specialTokens, clock);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file, e);
            }
        }
        Optional<JsonFile> config = JsonFile.find(directory, "tokenizer_config.json");
        Map<String, String> texts =
                config.map(json -> texts(json.content().path("chat_template"))).orElse(Map.of());
        String source = texts.isEmpty()
                ? directory.toString()
                : "chat_template of " + directory.resolve("tokenizer_config.json");
        return new ChatTemplate(source, texts, specialTokens, clock);
    }

    /** A text, or a list of texts with their names. */
    private static Map<String, String> texts(JsonNode value) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (value.isTextual()) {
            texts.put(DEFAULT, value.textValue());
        }
        if (value.isArray()) {
            value.forEach(entry -> texts.put(
                    entry.path("name").asText(), entry.path("template").asText()));
        }
        return texts;
    }

    /**
     * The conversation as one text.
     *
     * @throws IllegalArgumentException if there is no template, or it cannot be parsed, or it refuses the conversation or
     *     does what cannot be done
     */
    String render(Conversation conversation, boolean addGenerationPrompt) {
        JinjaTemplate template = template(name(!conversation.toolsJson().isEmpty()));
        ObjectNode variables = specialTokens.deepCopy();
        variables.put("add_generation_prompt", addGenerationPrompt);
        variables.setAll(conversation.variables(template.readsParts()));
        return template.render(variables);
    }

    /** The template as it is written, if there is one. */
    Optional<String> text(boolean withTools) {
        return Optional.ofNullable(texts.get(name(withTools)));
    }

    /** As in transformers, tools take the template of their own if there is one. */
    private String name(boolean withTools) {
        return withTools && texts.containsKey(TOOL_USE) ? TOOL_USE : DEFAULT;
    }

    private synchronized JinjaTemplate template(String name) {
        String jinja = texts.get(name);
        if (jinja == null) {
            throw new IllegalArgumentException(source + " has no chat template"
                    + (texts.isEmpty() ? "" : " named " + DEFAULT + " but " + texts.keySet())
                    + "; add the model's chat_template.jinja, or send the prompt as text");
        }
        return parsed.computeIfAbsent(name, key -> new JinjaTemplate(jinja, source, clock));
    }
}
