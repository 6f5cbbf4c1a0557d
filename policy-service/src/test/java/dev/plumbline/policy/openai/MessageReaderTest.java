package dev.plumbline.policy.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.policy.request.Problems;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.ContentPart;
import dev.plumbline.serving.error.CallerFault;
import org.junit.jupiter.api.Test;

class MessageReaderTest {
    private final Problems problems = new Problems();

    @Test
    void aListOfTextPartsStaysAList() throws Exception {
        ChatMessage message = read("""
                {"role": "user", "content": [{"type": "text", "text": "hel"}, {"type": "text", "text": "lo"}]}""");

        assertThat(message.getPartsList()).extracting(ContentPart::getText).containsExactly("hel", "lo");
        assertThat(message.getContent()).isEmpty();
    }

    @Test
    void aStringStaysAString() throws Exception {
        ChatMessage message = read("{\"role\": \"user\", \"content\": \"hello\"}");

        assertThat(message.getContent()).isEqualTo("hello");
        assertThat(message.getPartsList()).isEmpty();
    }

    @Test
    void aPartOfAnotherTypeIsRefusedByItsName() throws Exception {
        read("""
                {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {}}]}""");

        assertThat(catchThrowableOfType(CallerFault.class, problems::throwIfAny))
                .hasMessageContaining("content[1] must be of type text, got a part of type \"image_url\"");
    }

    private ChatMessage read(String json) throws Exception {
        return new MessageReader(new Fields((ObjectNode) new ObjectMapper().readTree(json), problems)).read();
    }
}
