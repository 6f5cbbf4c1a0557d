package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.plumbline.lm.architecture.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpecialTokensTest {
    @TempDir
    Path directory;

    private SmallCheckpoint checkpoint;

    @BeforeEach
    void writeCheckpoint() throws IOException {
        checkpoint = SmallCheckpoint.in(directory);
    }

    @Test
    void rolesAreThoseNamedInTheTokenizersConfiguration() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.padId()).hasValue(SmallCheckpoint.PAD);
            assertThat(tokenizer.bosId()).hasValue(SmallCheckpoint.BOS);
            assertThat(tokenizer.eosId()).hasValue(SmallCheckpoint.EOS);
            assertThat(tokenizer.unkId()).hasValue(SmallCheckpoint.UNK);
        }
    }

    @Test
    void aRoleMayBeAnObjectWithTheTokensText() throws IOException {
        checkpoint.edit(
                SmallCheckpoint.TOKENIZER_CONFIG,
                json -> json.putObject("eos_token").put("content", "<pad>").put("special", true));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.eosId()).hasValue(SmallCheckpoint.PAD);
        }
    }

    @Test
    void nullMeansNoneEvenIfTheModelHasAnId() throws IOException {
        checkpoint
                .edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.putNull("bos_token"))
                .write(SmallCheckpoint.CONFIG, "{\"bos_token_id\": 2}");
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.bosId()).isEmpty();
        }
    }

    @Test
    void theSpecialTokensMapSaysWhatTheConfigurationDoesNot() throws IOException {
        checkpoint
                .edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.remove("eos_token"))
                .write(SmallCheckpoint.SPECIAL_TOKENS_MAP, "{\"eos_token\": \"<pad>\", \"bos_token\": \"<pad>\"}")
                .write(SmallCheckpoint.CONFIG, "{\"eos_token_id\": 3}");
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.eosId()).hasValue(SmallCheckpoint.PAD);
            assertThat(tokenizer.bosId()).hasValue(SmallCheckpoint.BOS);
        }
    }

    @Test
    void theModelsIdsCountWhereNoTokenIsNamed() throws IOException {
        Files.delete(checkpoint.file(SmallCheckpoint.TOKENIZER_CONFIG));
        checkpoint.write(
                SmallCheckpoint.CONFIG, "{\"bos_token_id\": 1, \"eos_token_id\": [2, 3], \"pad_token_id\": -1}");
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.bosId()).hasValue(1);
            assertThat(tokenizer.eosId()).hasValue(2);
            assertThat(tokenizer.padId()).isEmpty();
            assertThat(tokenizer.unkId()).isEmpty();
        }
    }

    @Test
    void aNamedTokenOutsideOfTheVocabularyIsRefused() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.put("pad_token", "[PAD]"));
        assertRefused(SmallCheckpoint.TOKENIZER_CONFIG, "pad_token \"[PAD]\" is not a token of tokenizer.json");
    }

    @Test
    void aRoleThatIsNoTextIsRefused() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER_CONFIG, json -> json.put("eos_token", 2));
        assertRefused(SmallCheckpoint.TOKENIZER_CONFIG, "eos_token must be a token's text or null, got 2");
    }

    @Test
    void anIdOfTheModelOutsideOfTheVocabularyIsRefused() throws IOException {
        Files.delete(checkpoint.file(SmallCheckpoint.TOKENIZER_CONFIG));
        checkpoint.write(SmallCheckpoint.CONFIG, "{\"eos_token_id\": 50256}");
        assertRefused(SmallCheckpoint.CONFIG, "eos_token_id 50256 is not the id of a token");
    }

    @Test
    void allRolesThatAreWrongAreNamedAtOnce() throws IOException {
        checkpoint.edit(
                SmallCheckpoint.TOKENIZER_CONFIG,
                json -> json.put("pad_token", "[PAD]").put("eos_token", 2));
        assertThatExceptionOfType(InvalidModelException.class)
                .isThrownBy(checkpoint::load)
                .satisfies(refusal -> assertThat(refusal.problems()).hasSize(2));
    }

    @Test
    void aMalformedConfigurationIsNamed() throws IOException {
        checkpoint.write(SmallCheckpoint.TOKENIZER_CONFIG, "{\"eos_token\": ");
        assertRefused(SmallCheckpoint.TOKENIZER_CONFIG, "is not valid JSON");
        checkpoint.write(SmallCheckpoint.TOKENIZER_CONFIG, "[]");
        assertRefused(SmallCheckpoint.TOKENIZER_CONFIG, "must hold a JSON object");
    }

    private void assertRefused(String file, String fact) {
        assertThatExceptionOfType(InvalidModelException.class)
                .isThrownBy(checkpoint::load)
                .withMessageContainingAll(directory.toString(), file, fact);
    }
}
