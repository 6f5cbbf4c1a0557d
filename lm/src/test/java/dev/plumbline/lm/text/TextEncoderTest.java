package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.TokenSequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextEncoderTest {
    private static final int[] PROMPT = {SmallCheckpoint.BOS, SmallCheckpoint.THE, SmallCheckpoint.MILLER};
    private static final Conversation CONVERSATION = new Conversation(List.of(new ChatMessage("user", "the clock")));

    @TempDir
    Path directory;

    private SmallCheckpoint checkpoint;

    @BeforeEach
    void writeCheckpoint() throws IOException {
        checkpoint = SmallCheckpoint.in(directory);
    }

    @Test
    void aPromptHasWhatTheTokenizerPutsAroundAText() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(new TextEncoder(tokenizer).prompt("the miller")).isEqualTo(PROMPT);
        }
    }

    @Test
    void aCompleteAnswerEndsInEos() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            TokenSequence example = new TextEncoder(tokenizer).example("the miller", "mends", true);
            assertThat(example.ids())
                    .startsWith(PROMPT)
                    .endsWith(SmallCheckpoint.MENDS, SmallCheckpoint.EOS)
                    .hasSize(5);
            assertThat(example.promptLength()).isEqualTo(PROMPT.length);
        }
    }

    @Test
    void anAnswerThatWasCutOffDoesNotEndInEos() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            TokenSequence example = new TextEncoder(tokenizer).example("the miller", "mends the", false);
            assertThat(example.ids())
                    .startsWith(PROMPT)
                    .endsWith(SmallCheckpoint.MENDS, SmallCheckpoint.THE)
                    .hasSize(5);
            assertThat(example.responseLength()).isEqualTo(2);
        }
    }

    @Test
    void anEmptyCompleteAnswerIsEosAlone() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            TokenSequence example = new TextEncoder(tokenizer).example("the miller", "", true);
            assertThat(example.responseLength()).isEqualTo(1);
            assertThat(example.ids()).endsWith(SmallCheckpoint.EOS);
        }
    }

    @Test
    void aConversationIsRenderedUpToTheAssistantsTurn() throws IOException {
        checkpoint.write(SmallCheckpoint.CHAT_TEMPLATE, SmallCheckpoint.CHATML);
        try (Tokenizer tokenizer = checkpoint.load()) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            int[] prompt = encoder.prompt(CONVERSATION);
            assertThat(prompt)
                    .isEqualTo(
                            tokenizer.encode("<|im_start|>user\nthe clock<|im_end|>\n<|im_start|>assistant\n", false));
            TokenSequence example = encoder.example(CONVERSATION, "mends", true);
            assertThat(example.promptLength()).isEqualTo(prompt.length);
            assertThat(example.ids()).startsWith(prompt).endsWith(SmallCheckpoint.MENDS, SmallCheckpoint.EOS);
        }
    }

    @Test
    void plainTextStandsBetweenBosAndEos() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(new TextEncoder(tokenizer).plain("the clock"))
                    .containsExactly(
                            SmallCheckpoint.BOS, SmallCheckpoint.THE, SmallCheckpoint.CLOCK, SmallCheckpoint.EOS);
        }
    }

    @Test
    void plainTextBeginsAtOnceWhereThereIsNoBos() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.putNull("bos_token"));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(new TextEncoder(tokenizer).plain("the clock"))
                    .containsExactly(SmallCheckpoint.THE, SmallCheckpoint.CLOCK, SmallCheckpoint.EOS);
        }
    }

    @Test
    void aTokenizerWithoutEosIsRefused() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.remove("eos_token"));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new TextEncoder(tokenizer))
                    .withMessageContaining(
                            checkpoint.file(SmallCheckpoint.TOKENIZER).toString())
                    .withMessageContaining("no EOS token")
                    .withMessageContaining("eos_token in tokenizer_config.json");
        }
    }

    @Test
    void aTokenizerThatEndsEveryTextIsRefused() throws IOException {
        checkpoint.edit(
                SmallCheckpoint.TOKENIZER,
                json -> ((ObjectNode) json.get("post_processor"))
                        .withArray("single")
                        .addObject()
                        .putObject("SpecialToken")
                        .put("id", "<eos>")
                        .put("type_id", 0));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new TextEncoder(tokenizer))
                    .withMessageContaining("post_processor puts EOS after every text");
        }
    }

    @Test
    void bosAndEosMayBeOneToken() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.put("eos_token", "<bos>"));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(new TextEncoder(tokenizer).prompt("the"))
                    .containsExactly(SmallCheckpoint.BOS, SmallCheckpoint.THE);
        }
    }

    @Test
    void aPromptWithoutAnyTokenIsRefused() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER, json -> json.putNull("post_processor"));
        try (Tokenizer tokenizer = checkpoint.load()) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> encoder.prompt(""))
                    .withMessageContaining("prompt must have at least one token");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> encoder.prompt(new Conversation(List.of())))
                    .withMessageContaining("conversation must have at least one message");
        }
    }

    @Test
    void aRoleMustNotBeBlank() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ChatMessage(" ", "the clock"))
                .withMessageContaining("role must not be blank");
    }
}
