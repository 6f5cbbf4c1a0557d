package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EndTokensTest {
    @TempDir
    Path directory;

    @Test
    void oneOrSeveralIdsAreReadFromTheGenerationConfig() throws IOException {
        assertThat(idsOf("{\"eos_token_id\": 7}")).containsExactly(7);
        assertThat(idsOf("{\"eos_token_id\": [128001, 128008]}")).containsExactly(128001, 128008);
    }

    @Test
    void withoutAnyTheTokenizersEndOfSequenceTokenIsTaken() throws IOException {
        try (Tokenizer tokenizer = tokenizer()) {
            int eos = tokenizer.eosId().orElseThrow();
            assertThat(EndTokens.read(directory, tokenizer).ids()).containsExactly(eos);
            assertThat(idsOf("{}")).containsExactly(eos);
            assertThat(idsOf("{\"eos_token_id\": null}")).containsExactly(eos);
        }
    }

    @Test
    void whatIsNoIdIsRefused() {
        assertThatThrownBy(() -> idsOf("{\"eos_token_id\": \"</s>\"}"))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("generation_config.json")
                .hasMessageContaining("eos_token_id must be a token id or a list of them, got \"</s>\"");
        assertThatThrownBy(() -> idsOf("{")).hasMessageContaining("it is not valid JSON");
    }

    private int[] idsOf(String generationConfig) throws IOException {
        Files.writeString(directory.resolve("generation_config.json"), generationConfig);
        try (Tokenizer tokenizer = tokenizer()) {
            return EndTokens.read(directory, tokenizer).ids();
        }
    }

    private static Tokenizer tokenizer() {
        return Tokenizer.load(GreedyVectors.models().get(0));
    }
}
