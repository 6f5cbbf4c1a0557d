package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what transformers gives for the same tokenizers. */
class TokenizerVectorsTest {

    @ParameterizedTest
    @MethodSource("dev.plumbline.lm.text.TokenizerVectors#all")
    void vocabularyAndRolesAreThoseOfTransformers(TokenizerVectors vectors) {
        try (Tokenizer tokenizer = Tokenizer.load(vectors.checkpoint())) {
            JsonNode roles = vectors.expected().required("special_ids");
            assertThat(tokenizer.vocabularySize())
                    .isEqualTo(vectors.expected().required("vocab_size").intValue());
            assertThat(tokenizer.bosId()).isEqualTo(TokenizerVectors.id(roles.required("bos")));
            assertThat(tokenizer.eosId()).isEqualTo(TokenizerVectors.id(roles.required("eos")));
            assertThat(tokenizer.padId()).isEqualTo(TokenizerVectors.id(roles.required("pad")));
            assertThat(tokenizer.unkId()).isEqualTo(TokenizerVectors.id(roles.required("unk")));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.plumbline.lm.text.TokenizerVectors#all")
    void textsBecomeTheSameIds(TokenizerVectors vectors) {
        try (Tokenizer tokenizer = Tokenizer.load(vectors.checkpoint())) {
            List<JsonNode> texts = vectors.cases().stream()
                    .filter(entry -> entry.required("text").isTextual())
                    .toList();
            assertThat(texts).isNotEmpty();
            for (JsonNode entry : texts) {
                String text = entry.required("text").textValue();
                assertThat(tokenizer.encode(text, true))
                        .as(text)
                        .isEqualTo(TokenizerVectors.ids(entry, "ids_with_special"));
                assertThat(tokenizer.encode(text, false)).as(text).isEqualTo(TokenizerVectors.ids(entry, "ids"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.plumbline.lm.text.TokenizerVectors#all")
    void idsBecomeTheSameText(TokenizerVectors vectors) {
        try (Tokenizer tokenizer = Tokenizer.load(vectors.checkpoint())) {
            for (JsonNode entry : vectors.cases()) {
                int[] ids = TokenizerVectors.ids(entry, "ids");
                assertThat(tokenizer.decode(ids, false))
                        .isEqualTo(entry.required("decoded_keep_special").textValue());
                assertThat(tokenizer.decode(ids, true))
                        .isEqualTo(entry.required("decoded_skip_special").textValue());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.plumbline.lm.text.TokenizerVectors#all")
    void streamsGiveOutTheSamePieces(TokenizerVectors vectors) {
        try (Tokenizer tokenizer = Tokenizer.load(vectors.checkpoint())) {
            for (JsonNode entry : vectors.cases()) {
                TextStream stream = new TextStream(tokenizer, false);
                List<String> pieces = new ArrayList<>();
                for (int id : TokenizerVectors.ids(entry, "ids")) {
                    pieces.add(stream.accept(id));
                }
                List<String> expected = new ArrayList<>();
                entry.required("stream_chunks").forEach(piece -> expected.add(piece.textValue()));
                assertThat(pieces).isEqualTo(expected);

                String rest = stream.rest();
                assertThat(rest).isEqualTo(entry.required("stream_rest").textValue());
                assertThat((String.join("", pieces) + rest)
                                .equals(entry.required("decoded_keep_special").textValue()))
                        .isEqualTo(entry.required("stream_equals_decoded").booleanValue());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.plumbline.lm.text.TokenizerVectors#all")
    void conversationsAreRenderedByTheCheckpointsOwnTemplate(TokenizerVectors vectors) {
        try (Tokenizer tokenizer = Tokenizer.load(vectors.checkpoint())) {
            for (JsonNode chat : vectors.chats()) {
                String rendered = assertRendered(tokenizer, chat);
                assertThat(tokenizer.encode(rendered, false)).isEqualTo(TokenizerVectors.ids(chat, "ids"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.plumbline.lm.text.TokenizerVectors#checkpoints")
    void checkpointsOfOneVocabularyHaveOneDigestAndRenderTheSame(Path checkpoint) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(checkpoint)) {
            List<TokenizerVectors> sameVocabulary = new ArrayList<>();
            for (TokenizerVectors vectors : TokenizerVectors.all()) {
                try (Tokenizer other = Tokenizer.load(vectors.checkpoint())) {
                    if (other.digest().equals(tokenizer.digest())) {
                        sameVocabulary.add(vectors);
                    }
                }
            }
            assertThat(sameVocabulary).isNotEmpty();
            for (JsonNode chat : sameVocabulary.get(0).chats()) {
                assertRendered(tokenizer, chat);
            }
        }
    }

    private static String assertRendered(Tokenizer tokenizer, JsonNode chat) {
        String rendered = tokenizer.renderChat(
                TokenizerVectors.conversation(chat),
                chat.required("add_generation_prompt").booleanValue());
        assertThat(rendered).isEqualTo(chat.required("rendered").textValue());
        return rendered;
    }
}
