package dev.plumbline.lm.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** How a checkpoint writes a conversation as one text. */
sealed interface ChatTemplate {

    /** ChatML in Jinja, as checkpoints carry it. */
    String CHATML = "{% for message in messages %}"
            + "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
            + "{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    /**
     * The conversation as one text.
     *
     * @throws IllegalArgumentException if this template cannot be rendered
     */
    String render(List<ChatMessage> messages, boolean addGenerationPrompt);

    /** The template of a checkpoint: its own file, or else the field of {@code tokenizer_config.json}. */
    static ChatTemplate read(Path directory) {
        Path file = directory.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            try {
                return of(Files.readString(file), file.toString());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file, e);
            }
        }
        Path config = directory.resolve("tokenizer_config.json");
        Optional<String> template = JsonFile.find(directory, "tokenizer_config.json")
                .flatMap(json -> template(json.content().path("chat_template")));
        return template.map(text -> of(text, "chat_template of " + config))
                .orElseGet(() -> new Unusable(directory + " has no chat template; add chat_template.jinja with "
                        + CHATML + " if the model was trained on ChatML, or send the prompt as text"));
    }

    /** A text, or a list of named texts of which transformers takes the one called default. */
    private static Optional<String> template(JsonNode value) {
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false)
                    .filter(entry -> entry.path("name").asText().equals("default"))
                    .map(entry -> entry.path("template").asText())
                    .findFirst();
        }
        return Optional.ofNullable(value.textValue());
    }

    /**
     * The template that a text is.
     *
     * @param source where the text was found, for complaints
     */
    static ChatTemplate of(String jinja, String source) {
        Optional<List<JinjaOutline.Step>> outline = JinjaOutline.of(jinja);
        return outline.isPresent() && outline.equals(JinjaOutline.of(CHATML))
                ? new ChatMl()
                : new Unusable(source + " is not ChatML, the only chat template that can be rendered; replace it by "
                        + CHATML + " if the model was trained on ChatML, or send the prompt as text");
    }

    /** OpenAI's Chat Markup Language: each turn between two special tokens, the role on a line of its own. */
    record ChatMl() implements ChatTemplate {
        @Override
        public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
            StringBuilder text = new StringBuilder();
            for (ChatMessage message : messages) {
                text.append("<|im_start|>")
                        .append(message.role())
                        .append('\n')
                        .append(message.content())
                        .append("<|im_end|>\n");
            }
            return addGenerationPrompt ? text.append("<|im_start|>assistant\n").toString() : text.toString();
        }
    }

    /**
     * No template, or one that cannot be rendered.
     *
     * @param reason why, and what to do
     */
    record Unusable(String reason) implements ChatTemplate {
        @Override
        public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
            throw new IllegalArgumentException(reason);
        }
    }
}
