package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Four templates with all the conversations that transformers has rendered with them, or has seen them refuse. */
class ChatVectorsTest {

    static Stream<Arguments> cases() throws IOException {
        JsonNode vectors = new ObjectMapper()
                .readTree(TokenizerVectors.root().resolve("chat/cases.json").toFile());
        int cases = vectors.required("cases").size();
        assertThat(cases).isPositive();
        return IntStream.range(0, cases).mapToObj(i -> {
            JsonNode chat = vectors.required("cases").get(i);
            String name = chat.required("template").textValue();
            return Arguments.of(i, vectors.required("templates").required(name).textValue(), chat);
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void conversationsAreRenderedAsByTransformers(int index, String jinja, JsonNode chat) {
        ObjectNode tokens = new ObjectMapper().createObjectNode();
        tokens.set("bos_token", chat.required("bos_token"));
        tokens.set("eos_token", chat.required("eos_token"));
        ChatTemplate template = new ChatTemplate("case " + index, Map.of("default", jinja), tokens, Clock.systemUTC());
        Conversation conversation = new Conversation(
                TokenizerVectors.conversation(chat).messages(),
                List.of(),
                chat.required("extra").toString());
        boolean addGenerationPrompt = chat.required("add_generation_prompt").booleanValue();

        if (chat.has("error")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> template.render(conversation, addGenerationPrompt))
                    .withMessage(chat.get("error").textValue() + " (says case " + index + ")");
        } else {
            assertThat(template.render(conversation, addGenerationPrompt))
                    .isEqualTo(chat.required("rendered").textValue());
        }
    }
}
