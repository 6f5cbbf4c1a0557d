package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Conversations with tools, their calls and answers, and documents; {@code tools/render.py} has transformers render them. */
class RenderedToolsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, ChatTemplate> TEMPLATES = new HashMap<>();

    static Stream<Arguments> cases() throws IOException {
        JsonNode cases = JSON.readTree(resource("cases.json")).required("cases");
        assertThat(cases).isNotEmpty();
        return IntStream.range(0, cases.size()).mapToObj(i -> Arguments.of(i, cases.get(i)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void conversationsWithToolsAreRenderedAsByTransformers(int index, JsonNode chat) {
        String name = chat.required("template").textValue();
        ChatTemplate template = TEMPLATES.computeIfAbsent(name, RenderedToolsTest::template);
        boolean addGenerationPrompt = chat.required("add_generation_prompt").booleanValue();

        if (chat.has("error")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> template.render(conversation(chat), addGenerationPrompt))
                    .withMessage(chat.get("error").textValue() + " (says " + name + ")");
        } else {
            assertThat(template.render(conversation(chat), addGenerationPrompt))
                    .isEqualTo(chat.required("rendered").textValue());
        }
    }

    private static ChatTemplate template(String name) {
        ObjectNode tokens = JSON.createObjectNode().put("bos_token", "<bos>").put("eos_token", "<eos>");
        return new ChatTemplate(name, Map.of("default", resource(name + ".jinja")), tokens, Clock.systemUTC());
    }

    /** Documents are further variables. */
    private static Conversation conversation(JsonNode chat) {
        ObjectNode variables = chat.required("extra").deepCopy();
        if (chat.has("documents")) {
            variables.set("documents", chat.get("documents"));
        }
        return new Conversation(
                elements(chat.required("messages"))
                        .map(RenderedToolsTest::message)
                        .toList(),
                elements(chat.path("tools")).map(JsonNode::toString).toList(),
                variables.toString());
    }

    private static ChatMessage message(JsonNode message) {
        JsonNode content = message.required("content");
        List<String> parts = new ArrayList<>();
        content.forEach(part -> parts.add(part.required("text").textValue()));
        return new ChatMessage(
                message.required("role").textValue(),
                parts.isEmpty() ? new Content.Text(content.textValue()) : new Content.Parts(parts),
                message.path("reasoning_content").asText(),
                elements(message.path("tool_calls"))
                        .map(RenderedToolsTest::call)
                        .toList(),
                message.path("name").asText(),
                message.path("tool_call_id").asText());
    }

    private static ToolCall call(JsonNode call) {
        JsonNode function = call.required("function");
        return new ToolCall(
                call.path("id").asText(),
                function.required("name").textValue(),
                function.required("arguments").toString());
    }

    private static Stream<JsonNode> elements(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    private static String resource(String name) {
        try (InputStream stream =
                Objects.requireNonNull(RenderedToolsTest.class.getResourceAsStream("tools/" + name), name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
