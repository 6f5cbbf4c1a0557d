package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TextStreamTest {

    @Test
    void wordsComeOneByOneWithTheSpaceBeforeThem(@TempDir Path directory) throws IOException {
        try (Tokenizer tokenizer = SmallCheckpoint.in(directory).load()) {
            assertThat(pieces(new TextStream(tokenizer, false), tokenizer.encode("the miller <eos>", false)))
                    .containsExactly("the", " miller", " <eos>", "");
        }
    }

    @Test
    void specialTokensAreLeftOutOnRequest(@TempDir Path directory) throws IOException {
        try (Tokenizer tokenizer = SmallCheckpoint.in(directory).load()) {
            assertThat(pieces(new TextStream(tokenizer, true), tokenizer.encode("<bos> the <pad> clock <eos>", false)))
                    .containsExactly("", "the", "", " clock", "", "");
        }
    }

    @Test
    void idsWithoutATokenAddNothing(@TempDir Path directory) throws IOException {
        try (Tokenizer tokenizer = SmallCheckpoint.in(directory).load()) {
            int padding = tokenizer.vocabularySize();
            assertThat(pieces(
                            new TextStream(tokenizer, false),
                            new int[] {padding, SmallCheckpoint.THE, padding, SmallCheckpoint.CLOCK}))
                    .containsExactly("", "the", "", " clock", "");
        }
    }

    @Test
    void aStreamBeginsAnewAfterItsRest(@TempDir Path directory) throws IOException {
        try (Tokenizer tokenizer = SmallCheckpoint.in(directory).load()) {
            TextStream stream = new TextStream(tokenizer, false);
            int[] ids = {SmallCheckpoint.THE, SmallCheckpoint.CLOCK};
            assertThat(pieces(stream, ids)).containsExactly("the", " clock", "");
            assertThat(pieces(stream, ids)).containsExactly("the", " clock", "");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.plumbline.lm.text.TokenizerVectors#all")
    void withoutSpecialTokensThePiecesJoinToTheTextWithoutThem(TokenizerVectors vectors) {
        try (Tokenizer tokenizer = Tokenizer.load(vectors.checkpoint())) {
            for (JsonNode entry : vectors.cases()) {
                if (entry.required("stream_equals_decoded").booleanValue()) {
                    int[] ids = TokenizerVectors.ids(entry, "ids");
                    assertThat(String.join("", pieces(new TextStream(tokenizer, true), ids)))
                            .isEqualTo(entry.required("decoded_skip_special").textValue());
                }
            }
        }
    }

    /** What is given out after each id, and the rest. */
    private static List<String> pieces(TextStream stream, int[] ids) {
        List<String> pieces = new ArrayList<>();
        for (int id : ids) {
            pieces.add(stream.accept(id));
        }
        pieces.add(stream.rest());
        return pieces;
    }
}
