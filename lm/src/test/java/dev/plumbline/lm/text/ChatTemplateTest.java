package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final Conversation CONVERSATION = new Conversation(List.of(
            new ChatMessage("system", ""),
            new ChatMessage("user", " Hi!\n"),
            new ChatMessage("assistant", "Ho {{ }}")));
    private static final String RENDERED = """
            <|im_start|>system
            <|im_end|>
            <|im_start|>user
             Hi!
            <|im_end|>
            <|im_start|>assistant
            Ho {{ }}<|im_end|>
            """;
    private static final Conversation IN_PARTS = new Conversation(List.of(
            new ChatMessage("user", new Content.Parts(List.of("Hi", "! \"Ho\"")), "", List.of(), "", ""),
            new ChatMessage("assistant", new Content.Parts(List.of("")), "", List.of(), "", ""),
            new ChatMessage("user", "one")));
    private static final String WEATHER_TOOL = """
            {"type": "function", "function": {"name": "weather", "description": "Où & when",
             "parameters": {"10": 1.0, "2": 1e-7, "type": "object"}}}""";

    @TempDir
    Path directory;

    private SmallCheckpoint checkpoint;

    @BeforeEach
    void writeCheckpoint() throws IOException {
        checkpoint = SmallCheckpoint.in(directory);
    }

    @Test
    void aCheckpointsOwnFileIsRendered() throws IOException {
        assertThat(rendered(SmallCheckpoint.CHATML, CONVERSATION)).isEqualTo(RENDERED + "<|im_start|>assistant\n");
    }

    @Test
    void aCheckpointWithoutTemplateSaysHowToGetOne() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.renderChat(CONVERSATION, true))
                    .withMessageContaining(directory + " has no chat template; add")
                    .withMessageContaining("send the prompt as text");
        }
    }

    @Test
    void theTokenizersConfigurationMayHoldTheTemplate() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.put("chat_template", SmallCheckpoint.CHATML));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.renderChat(CONVERSATION, false)).isEqualTo(RENDERED);
        }
    }

    @Test
    void ofSeveralNamedTemplatesTheDefaultCountsUnlessThereAreTools() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> {
            var templates = json.putArray("chat_template");
            templates.addObject().put("name", "tool_use").put("template", "tools: {{ tools | length }}");
            templates.addObject().put("name", "default").put("template", SmallCheckpoint.CHATML);
        });
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.renderChat(CONVERSATION, false)).isEqualTo(RENDERED);
            assertThat(tokenizer.renderChat(new Conversation(List.of(), List.of(WEATHER_TOOL), ""), false))
                    .isEqualTo("tools: 1");
        }
    }

    @Test
    void theTemplatesOwnFileCountsBeforeTheConfiguration() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.put("chat_template", SmallCheckpoint.CHATML));
        assertThat(rendered("another", CONVERSATION)).isEqualTo("another");
    }

    @Test
    void toolsAndTheirCallsReachTheTemplateWithTheirNumbersAndTheOrderOfTheirKeys() throws IOException {
        ToolCall call = new ToolCall("call_1", "weather", "{\"city\": \"Paris\", \"days\": 2, \"at\": 2.0}");
        Conversation conversation = new Conversation(
                List.of(
                        new ChatMessage("user", "Rain?"),
                        new ChatMessage("assistant", "", "Let me see.", List.of(call), "", ""),
                        new ChatMessage("tool", "{\"rain\": true}", "", List.of(), "weather", "call_1")),
                List.of(WEATHER_TOOL),
                "");
        String template = """
                {% for tool in tools %}
                {{ tool | tojson }}
                {% endfor %}
                {%- for m in messages %}
                {{ m.role }}: {{ m.content }}
                {%- if m.reasoning_content %} [{{ m.reasoning_content.rstrip('.') }}]{% endif %}
                {%- for call in m.tool_calls %} {{ call.id }} {{ call.type }} {{ call.function.name }}(
                    {%- for key, value in call.function.arguments.items() %}
                {{ key }}={{ value }}{{ ", " if not loop.last }}
                    {%- endfor %})
                {%- endfor %}
                {%- if m.tool_call_id is defined %} <- {{ m.name }} {{ m.tool_call_id }}{% endif %}

                {% endfor %}
                """;
        assertThat(rendered(template, conversation)).isEqualTo("""
                {"type": "function", "function": {"name": "weather", "description": "Où & when", \
                "parameters": {"10": 1.0, "2": 1e-07, "type": "object"}}}
                user: Rain?
                assistant:  [Let me see] call_1 function weather(city=Paris, days=2, at=2.0)
                tool: {"rain": true} <- weather call_1
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for part in m.content %}{{ part | tojson }}{% endfor %}",
                "{%- for part in m['content'] -%}{{ part | tojson }}{%- endfor -%}",
                "{% for part in m[\"content\"] if part.type == 'text' %}{{ part | tojson }}{% endfor %}",
                "{% set content = m.content %}{% for part in content|list %}{{ part | tojson }}{% endfor %}"
            })
    void aTemplateThatGoesThroughContentReadsItsPartsAndTextsAsTheyCame(String loop) throws IOException {
        String template = "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}" + loop
                + "{% endif %};{% endfor %}";
        assertThat(rendered(template, IN_PARTS)).isEqualTo("""
                {"type": "text", "text": "Hi"}{"type": "text", "text": "! \\"Ho\\""};{"type": "text", "text": ""};one;""");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ m.content }}",
                "{{ m.content.split('<')[0] }}{% for line in m.reasoning_content %}{{ line }}{% endfor %}",
                "{{ m['content'] | trim }}{% for call in m.tool_calls if m.content %}{{ call }}{% endfor %}",
                "{% for word in m.content.split('<') %}{{ word }}{% endfor %}"
            })
    void anyOtherTemplateReadsThePartsAsOneText(String written) throws IOException {
        assertThat(rendered("{% for m in messages %}" + written + ";{% endfor %}", IN_PARTS))
                .isEqualTo("Hi! \"Ho\";;one;");
    }

    @Test
    void furtherVariablesAndSpecialTokensReachTheTemplate() throws IOException {
        checkpoint.edit(
                SmallCheckpoint.TOKENIZER_CONFIG,
                json -> json.putArray("additional_special_tokens").add("<a>"));
        Conversation conversation = new Conversation(List.of(), List.of(), "{\"enable_thinking\": false}");
        assertThat(rendered(
                        "{{ bos_token }}{{ eos_token }}{{ additional_special_tokens }}{{ enable_thinking }}{{ tools }}",
                        conversation))
                .isEqualTo("<bos><eos>['<a>']FalseNone");
    }

    @Test
    void whatMustBeJsonAndIsNotIsNamed() {
        ToolCall call = new ToolCall("", "weather", "[1]");
        ChatMessage message = new ChatMessage("assistant", "", "", List.of(call), "", "");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Conversation(List.of(message), List.of("{} {}"), "{\"tools\": []}"))
                .withMessageContaining("conversation.messages[0].tool_calls[0].arguments_json must be a JSON object")
                .withMessageContaining("conversation.tools_json[0] must be a JSON object");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Conversation(List.of(), List.of(), "{\"tools\": []}"))
                .withMessageContaining("conversation.chat_template_kwargs_json must not name tools");
    }

    @Test
    void severalThreadsRenderAtOnce() throws IOException {
        checkpoint.write(SmallCheckpoint.CHAT_TEMPLATE, SmallCheckpoint.CHATML);
        try (Tokenizer tokenizer = checkpoint.load()) {
            List<CompletableFuture<String>> renderings = IntStream.range(0, 64)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> tokenizer.renderChat(
                            new Conversation(List.of(new ChatMessage("user", "turn " + i))), false)))
                    .toList();
            for (int i = 0; i < renderings.size(); i++) {
                assertThat(renderings.get(i).join()).isEqualTo("<|im_start|>user\nturn " + i + "<|im_end|>\n");
            }
        }
    }

    private String rendered(String template, Conversation conversation) throws IOException {
        checkpoint.write(SmallCheckpoint.CHAT_TEMPLATE, template);
        try (Tokenizer tokenizer = checkpoint.load()) {
            return tokenizer.renderChat(conversation, true);
        }
    }
}
