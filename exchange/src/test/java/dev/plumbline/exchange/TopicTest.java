package dev.plumbline.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.proto.exchange.v1.Prompt;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicTest {

    private static final Topic<Prompt> PROMPTS = new Topics(KafkaSettings.defaults("localhost:9092")).prompts();
    private static final Prompt PROMPT =
            Prompt.newBuilder().setId("a").setText("Grüße, 世界").build();

    @ParameterizedTest
    @ValueSource(strings = {"", "application/protobuf", "application/x-protobuf", "Application/Octet-Stream"})
    void protobufIsReadWithOrWithoutAContentType(String contentType) throws MalformedRecordException {
        assertThat(PROMPTS.decode(contentType, PROMPT.toByteArray())).isEqualTo(PROMPT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/json; charset=utf-8", "APPLICATION/JSON"})
    void jsonIsReadWhenTheContentTypeSaysSo(String contentType) throws MalformedRecordException {
        assertThat(PROMPTS.decode(contentType, utf8("{\"id\": \"a\", \"text\": \"Grüße, 世界\"}")))
                .isEqualTo(PROMPT);
    }

    @Test
    void whatIsNoProtobufIsRefusedWithAHintAtJson() {
        MalformedRecordException refused = refused("", utf8("{\"id\": \"a\"}"));
        assertThat(refused.reason()).isEqualTo("MALFORMED_PROTOBUF");
        assertThat(refused).hasMessageContaining("plumbline.exchange.v1.Prompt").hasMessageContaining("content-type");
    }

    @Test
    void aMisspeltFieldInJsonIsRefusedByName() {
        MalformedRecordException refused = refused("application/json", utf8("{\"id\": \"a\", \"txt\": \"b\"}"));
        assertThat(refused.reason()).isEqualTo("MALFORMED_JSON");
        assertThat(refused).hasMessageContaining("txt");
    }

    @Test
    void jsonThatIsNotUtf8IsRefused() {
        assertThat(refused("application/json", new byte[] {'{', (byte) 0xff, '}'}))
                .hasMessageContaining("UTF-8");
    }

    @Test
    void anUnknownContentTypeIsRefusedByName() {
        MalformedRecordException refused = refused("application/avro", PROMPT.toByteArray());
        assertThat(refused.reason()).isEqualTo("UNSUPPORTED_CONTENT_TYPE");
        assertThat(refused).hasMessageContaining("application/avro");
    }

    @Test
    void aRecordWithoutValueIsRefused() {
        assertThat(refused("", null).reason()).isEqualTo("NO_VALUE");
    }

    private static MalformedRecordException refused(String contentType, byte @Nullable [] value) {
        return catchThrowableOfType(MalformedRecordException.class, () -> PROMPTS.decode(contentType, value));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
