package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    @TempDir
    Path directory;

    private SmallCheckpoint checkpoint;

    @BeforeEach
    void writeCheckpoint() throws IOException {
        checkpoint = SmallCheckpoint.in(directory);
    }

    @Test
    void wordsAreJoinedBySpacesWhenDecoded() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            int[] ids = tokenizer.encode("the miller  mends\nthe clock", false);
            assertThat(ids)
                    .containsExactly(
                            SmallCheckpoint.THE,
                            SmallCheckpoint.MILLER,
                            SmallCheckpoint.MENDS,
                            SmallCheckpoint.THE,
                            SmallCheckpoint.CLOCK);
            assertThat(tokenizer.decode(ids, false)).isEqualTo("the miller mends the clock");
        }
    }

    @Test
    void specialTokensAreAddedOnRequestAndLeftOutOnRequest() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            int[] ids = tokenizer.encode("the clock", true);
            assertThat(ids).containsExactly(SmallCheckpoint.BOS, SmallCheckpoint.THE, SmallCheckpoint.CLOCK);
            assertThat(tokenizer.decode(ids, false)).isEqualTo("<bos> the clock");
            assertThat(tokenizer.decode(ids, true)).isEqualTo("the clock");
        }
    }

    @Test
    void specialTokensAreRecognisedInText() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.encode("the<eos>clock", false))
                    .containsExactly(SmallCheckpoint.THE, SmallCheckpoint.EOS, SmallCheckpoint.CLOCK);
        }
    }

    @Test
    void aTokenThatARoleNamesIsSpecialWithoutBeingListedAsAddedToken() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER, json -> json.remove("added_tokens"));
        try (Tokenizer tokenizer = checkpoint.load()) {
            int[] ids = tokenizer.encode("the<eos>clock", false);
            assertThat(ids).containsExactly(SmallCheckpoint.THE, SmallCheckpoint.EOS, SmallCheckpoint.CLOCK);
            assertThat(tokenizer.decode(ids, true)).isEqualTo("the clock");
        }
    }

    @Test
    void unknownWordsBecomeTheUnknownToken() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.encode("the zeppelin", false))
                    .containsExactly(SmallCheckpoint.THE, tokenizer.unkId().orElseThrow());
        }
    }

    @Test
    void aWordWithoutATokenIsRefused() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER, json -> ((ObjectNode) json.get("model")).put("unk_token", "[UNK]"));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.encode("the zeppelin", false))
                    .withMessageContaining(
                            checkpoint.file(SmallCheckpoint.TOKENIZER).toString())
                    .withMessageContaining("give it an unknown token");
        }
    }

    @Test
    void textIsNeitherCutNorPaddedWhateverTheFileSays() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER, json -> {
            json.putObject("truncation")
                    .put("direction", "Right")
                    .put("max_length", 8)
                    .put("strategy", "LongestFirst")
                    .put("stride", 0);
            json.putObject("padding")
                    .put("direction", "Right")
                    .putNull("pad_to_multiple_of")
                    .put("pad_id", 0)
                    .put("pad_type_id", 0)
                    .put("pad_token", "<pad>")
                    .putObject("strategy")
                    .put("Fixed", 4096);
        });
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.encode("clock ".repeat(2_000), true)).hasSize(2_001);
            assertThat(tokenizer.encode("clock", true)).hasSize(2);
        }
    }

    @Test
    void anIdWithoutATokenIsRefusedWithItsPlace() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.hasToken(11)).isTrue();
            assertThat(tokenizer.hasToken(12)).isFalse();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.decode(new int[] {SmallCheckpoint.THE, 12}, false))
                    .withMessageContaining("id 12 at index 1")
                    .withMessageContaining("ids are from 0 to 11");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.decode(new int[] {-1}, false))
                    .withMessageContaining("id -1 at index 0");
        }
    }

    @Test
    void halfASurrogatePairIsRefusedWithItsPlace() {
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.encode("\uD83D\uDE42 the \uD83D clock", false))
                    .withMessageContaining("U+D83D")
                    .withMessageContaining("index 7");
        }
    }

    @Test
    void theDigestIsThatOfTheVocabularyAlone(@TempDir Path other) throws IOException {
        SmallCheckpoint changed = SmallCheckpoint.in(other);
        changed.edit(SmallCheckpoint.TOKENIZER, json -> json.putNull("post_processor"));
        try (Tokenizer one = checkpoint.load();
                Tokenizer two = changed.load()) {
            assertThat(two.digest()).isEqualTo(one.digest());
        }
        changed.edit(
                SmallCheckpoint.TOKENIZER,
                json -> ((ObjectNode) json.at("/model/vocab"))
                        .put("the", SmallCheckpoint.MILLER)
                        .put("miller", SmallCheckpoint.THE));
        try (Tokenizer one = checkpoint.load();
                Tokenizer two = changed.load()) {
            assertThat(two.digest()).isNotEqualTo(one.digest());
        }
    }

    @Test
    void theVocabularySizeCoversTheLargestIdOverGaps() throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER, json -> ((ObjectNode) json.at("/model/vocab")).put("far", 40));
        try (Tokenizer tokenizer = checkpoint.load()) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(41);
            assertThat(tokenizer.hasToken(39)).isFalse();
        }
    }

    @Test
    void aMissingTokenizerIsNamed() throws IOException {
        Files.delete(checkpoint.file(SmallCheckpoint.TOKENIZER));
        assertThatExceptionOfType(InvalidModelException.class)
                .isThrownBy(checkpoint::load)
                .withMessageContainingAll(directory.toString(), "holds no tokenizer.json", "save the tokenizer");
    }

    @Test
    void aTruncatedTokenizerIsNamed() throws IOException {
        checkpoint.write(SmallCheckpoint.TOKENIZER, "{\"model\": {\"vocab\": {\"a\": 0, \"b");
        assertRefused("is not valid JSON");
    }

    @Test
    void aTokenizerWithoutVocabularyIsNamed() throws IOException {
        checkpoint.write(SmallCheckpoint.TOKENIZER, "{}");
        assertRefused("has no model.vocab");
    }

    @Test
    void aTokenizerThatTheLibraryCannotReadIsNamed() throws IOException {
        assertRefusedAfter(
                json -> ((ObjectNode) json.get("model")).put("type", "Imagined"),
                "not a tokenizer that the library can read");
    }

    @Test
    void anIdThatIsNoNumberIsNamedWithItsToken() throws IOException {
        assertRefusedAfter(json -> ((ObjectNode) json.at("/model/vocab")).put("clock", "seven"), "\"clock\"", "seven");
    }

    @Test
    void anIdOfTwoTokensIsNamedWithThem() throws IOException {
        assertRefusedAfter(
                json -> ((ObjectNode) json.at("/model/vocab")).put("clock", SmallCheckpoint.MENDS),
                "\"clock\"",
                "\"mends\"",
                "both have id 6");
    }

    @Test
    void anAddedTokenThatTheLibraryWouldRenumberIsNamed() throws IOException {
        assertRefusedAfter(
                json -> json.withArray("added_tokens")
                        .addObject()
                        .put("id", 20)
                        .put("content", "<late>")
                        .put("special", true),
                "\"<late>\" has id 20",
                "counts 12");
    }

    @Test
    void aClosedTokenizerSaysSo() {
        Tokenizer tokenizer = checkpoint.load();
        tokenizer.close();
        tokenizer.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> tokenizer.encode("the", false))
                .withMessageContaining("closed");
        assertThatIllegalStateException()
                .isThrownBy(() -> tokenizer.decode(new int[] {SmallCheckpoint.THE}, false))
                .withMessageContaining("closed");
    }

    private void assertRefusedAfter(Consumer<ObjectNode> change, String... facts) throws IOException {
        checkpoint.edit(SmallCheckpoint.TOKENIZER, change);
        assertRefused(facts);
    }

    private void assertRefused(String... facts) {
        assertThatExceptionOfType(InvalidModelException.class)
                .isThrownBy(checkpoint::load)
                .withMessageContainingAll(facts)
                .withMessageContaining(
                        checkpoint.file(SmallCheckpoint.TOKENIZER).toString());
    }
}
