package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChatTemplateTest {
    private static final List<ChatMessage> CONVERSATION = List.of(
            new ChatMessage("system", ""), new ChatMessage("user", " Hi!\n"), new ChatMessage("assistant", "Ho {{ }}"));
    private static final String RENDERED = """
            <|im_start|>system
            <|im_end|>
            <|im_start|>user
             Hi!
            <|im_end|>
            <|im_start|>assistant
            Ho {{ }}<|im_end|>
            """;

    @TempDir
    Path directory;

    private SmallCheckpoint checkpoint;

    @BeforeEach
    void writeCheckpoint() throws IOException {
        checkpoint = SmallCheckpoint.in(directory);
    }

    /** What Jinja2 3.1.6 with transformers' options renders as ChatML. */
    static Stream<String> chatMlInManyHands() {
        return Stream.of(ChatTemplate.CHATML, """
                {%- for message in messages %}
                    {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
                {%- endfor %}
                {%- if add_generation_prompt %}
                    {{- '<|im_start|>assistant\\n' }}
                {%- endif %}
                """, """
                {% for m in messages %}
                <|im_start|>{{ m.role }}
                {{ m.content }}<|im_end|>
                {% endfor %}
                {% if add_generation_prompt %}
                <|im_start|>assistant
                {% endif %}
                """, """
                {# Hermes #}
                {% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}
                {%- for message in messages -%}
                  {{ "<|im_start|>" ~ message["role"] ~ "\\n" ~ message["content"] ~ "<|im_end|>\\n" }}
                {%- endfor -%}
                {% if add_generation_prompt is defined and add_generation_prompt -%}
                  {{ "<|im_start|>" }}{{ "assistant\\n" }}
                {%- endif %}""");
    }

    static Stream<String> templatesThatPrintSomethingElse() {
        return Stream.of(
                "",
                "no template at all",
                ChatTemplate.CHATML.replace("\\n", ""),
                ChatTemplate.CHATML.replace("im_end", "eot"),
                ChatTemplate.CHATML.replace("message['content']", "message['content'] | trim"),
                ChatTemplate.CHATML.replace("message['role']", "message['name']"),
                ChatTemplate.CHATML.replace("message['role']", "messages['role']"),
                ChatTemplate.CHATML.replace("in messages", "in messages[1:]"),
                ChatTemplate.CHATML.replace("assistant", "model"),
                ChatTemplate.CHATML.replace("{% if add_generation_prompt %}", "{% if true %}"),
                ChatTemplate.CHATML.replace("{% endfor %}", "{% endfor %}\n\n"),
                ChatTemplate.CHATML.replace("{% endfor %}", "").concat("{% endfor %}"),
                "{{ bos_token }}" + ChatTemplate.CHATML,
                "{{- '<|im_start|>system\\nYou are kind.<|im_end|>\\n' }}" + ChatTemplate.CHATML,
                ChatTemplate.CHATML + "{{ '",
                ChatTemplate.CHATML + "{{ 'a' b }}");
    }

    @ParameterizedTest
    @MethodSource("chatMlInManyHands")
    void chatMlIsRecognisedByWhatItPrints(String template) throws IOException {
        checkpoint.write(SmallCheckpoint.CHAT_TEMPLATE, template);
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.hasChatTemplate()).isTrue();
            assertThat(tokenizer.renderChat(CONVERSATION, false)).isEqualTo(RENDERED);
            assertThat(tokenizer.renderChat(CONVERSATION, true)).isEqualTo(RENDERED + "<|im_start|>assistant\n");
        }
    }

    @ParameterizedTest
    @MethodSource("templatesThatPrintSomethingElse")
    void anyOtherTemplateIsRefusedWhenItIsNeeded(String template) throws IOException {
        checkpoint.write(SmallCheckpoint.CHAT_TEMPLATE, template);
        assertRefused(checkpoint.file(SmallCheckpoint.CHAT_TEMPLATE) + " is not ChatML");
    }

    @Test
    void aCheckpointWithoutTemplateSaysHowToGetOne() {
        assertRefused("has no chat template; add chat_template.jinja");
    }

    @Test
    void theTokenizersConfigurationMayHoldTheTemplate() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.put("chat_template", ChatTemplate.CHATML));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.renderChat(CONVERSATION, false)).isEqualTo(RENDERED);
        }
    }

    @Test
    void ofSeveralNamedTemplatesTheDefaultCounts() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> {
            var templates = json.putArray("chat_template");
            templates.addObject().put("name", "tool_use").put("template", "tools");
            templates.addObject().put("name", "default").put("template", ChatTemplate.CHATML);
        });
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.renderChat(CONVERSATION, false)).isEqualTo(RENDERED);
        }
    }

    @Test
    void theTemplatesOwnFileCountsBeforeTheConfiguration() throws IOException {
        checkpoint
                .edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.put("chat_template", ChatTemplate.CHATML))
                .write(SmallCheckpoint.CHAT_TEMPLATE, "another");
        assertRefused(checkpoint.file(SmallCheckpoint.CHAT_TEMPLATE).toString());
    }

    private void assertRefused(String fact) {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.hasChatTemplate()).isFalse();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.renderChat(CONVERSATION, true))
                    .withMessageContaining(fact)
                    .withMessageContaining("send the prompt as text");
        }
    }
}
