package dev.plumbline.lm.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The cases of one tokenizer among the golden numbers. */
record TokenizerVectors(Path checkpoint, JsonNode expected) {

    /** All that there are, at least one. */
    static List<TokenizerVectors> all() throws IOException {
        JsonNode tokenizers = new ObjectMapper()
                .readTree(root().resolve("tokenizers/cases.json").toFile());
        return elements(tokenizers, "tokenizers")
                .map(entry -> new TokenizerVectors(
                        root().resolve(entry.path("tokenizer").asText()), entry))
                .toList();
    }

    /** Every checkpoint directory that has a tokenizer, at least one. */
    static List<Path> checkpoints() throws IOException {
        try (Stream<Path> models = Files.list(root().resolve("models"))) {
            List<Path> checkpoints = models.filter(model -> Files.exists(model.resolve("tokenizer.json")))
                    .sorted()
                    .toList();
            if (checkpoints.isEmpty()) {
                throw new AssertionError(root() + " has no checkpoint with a tokenizer");
            }
            return checkpoints;
        }
    }

    static Path root() {
        return Path.of(Objects.requireNonNull(System.getProperty("plumbline.vectors"), "plumbline.vectors is not set"));
    }

    List<JsonNode> cases() {
        return elements(expected, "cases").toList();
    }

    List<JsonNode> chats() {
        return elements(expected, "chat").toList();
    }

    static Conversation conversation(JsonNode chat) {
        return new Conversation(elements(chat, "messages")
                .map(message -> new ChatMessage(
                        message.path("role").textValue(),
                        message.path("content").textValue()))
                .toList());
    }

    static int[] ids(JsonNode owner, String field) {
        JsonNode ids = owner.required(field);
        return IntStream.range(0, ids.size()).map(i -> ids.get(i).intValue()).toArray();
    }

    static OptionalInt id(JsonNode id) {
        return id.isNull() ? OptionalInt.empty() : OptionalInt.of(id.intValue());
    }

    /** A list that is there and not empty, so that no test passes for want of cases. */
    static Stream<JsonNode> elements(JsonNode owner, String field) {
        JsonNode list = owner.required(field);
        if (!list.isArray() || list.isEmpty()) {
            throw new AssertionError("no " + field + " in the golden numbers");
        }
        return StreamSupport.stream(list.spliterator(), false);
    }

    @Override
    public String toString() {
        return expected.path("tokenizer").asText();
    }
}
