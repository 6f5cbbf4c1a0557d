package dev.plumbline.lm.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.InvalidModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which tokens play the four roles. As in transformers, a role is the token that {@code tokenizer_config.json} names,
 * where null means none; a role not mentioned there is looked up in {@code special_tokens_map.json}. Only a role that
 * neither mentions (GPT-2's own checkpoint names none) comes from the ids in {@code config.json}.
 *
 * @param named the tokens that were named by their text, which makes them special even where {@code tokenizer.json}
 *     does not list them as added tokens
 */
record SpecialTokens(OptionalInt bos, OptionalInt eos, OptionalInt pad, OptionalInt unk, Set<String> named) {

    static SpecialTokens read(Path directory, Vocabulary vocabulary) {
        Sources sources = new Sources(directory, vocabulary);
        SpecialTokens roles = new SpecialTokens(
                sources.role("bos_token"),
                sources.role("eos_token"),
                sources.role("pad_token"),
                sources.role("unk_token"),
                sources.named);
        if (!sources.problems.isEmpty()) {
            throw new InvalidModelException(directory.toString(), sources.problems);
        }
        return roles;
    }

    /**
     * What a chat template sees of the special tokens, under the names that transformers gives them: these four, and
     * those of {@code tokenizer_config.json} that play no role here.
     */
    ObjectNode texts(Path directory, Vocabulary vocabulary) {
        ObjectNode texts = JsonFile.MAPPER.createObjectNode();
        vocabulary.ids().forEach((text, id) -> {
            putIf(bos, id, texts, "bos_token", text);
            putIf(eos, id, texts, "eos_token", text);
            putIf(pad, id, texts, "pad_token", text);
            putIf(unk, id, texts, "unk_token", text);
        });
        JsonFile.find(directory, "tokenizer_config.json").map(JsonFile::content).ifPresent(config -> {
            for (String field : List.of("sep_token", "cls_token", "mask_token")) {
                text(config.path(field)).ifPresent(text -> texts.put(field, text));
            }
            for (JsonNode token : config.path("additional_special_tokens")) {
                text(token).ifPresent(texts.withArray("additional_special_tokens")::add);
            }
            config.path("extra_special_tokens")
                    .properties()
                    .forEach(entry -> text(entry.getValue()).ifPresent(text -> texts.put(entry.getKey(), text)));
        });
        return texts;
    }

    private static void putIf(OptionalInt role, int id, ObjectNode texts, String name, String text) {
        if (role.isPresent() && role.getAsInt() == id) {
            texts.put(name, text);
        }
    }

    /** A token's text, which stands by itself or in an object of its settings. */
    private static Optional<String> text(JsonNode token) {
        return Optional.ofNullable((token.isObject() ? token.path("content") : token).textValue());
    }

    private static final class Sources {
        private final Vocabulary vocabulary;
        private final Optional<JsonFile> tokenizerConfig;
        private final Optional<JsonFile> specialTokensMap;
        private final Optional<JsonFile> modelConfig;
        private final Set<String> named = new LinkedHashSet<>();
        private final List<String> problems = new ArrayList<>();

        Sources(Path directory, Vocabulary vocabulary) {
            this.vocabulary = vocabulary;
            this.tokenizerConfig = JsonFile.find(directory, "tokenizer_config.json");
            this.specialTokensMap = JsonFile.find(directory, "special_tokens_map.json");
            this.modelConfig = JsonFile.find(directory, "config.json");
        }

        OptionalInt role(String field) {
            return Stream.of(tokenizerConfig, specialTokensMap)
                    .flatMap(Optional::stream)
                    .filter(file -> file.content().has(field))
                    .findFirst()
                    .map(file -> byText(file, field))
                    .or(() -> modelConfig.map(file -> byId(file, field + "_id")))
                    .orElseGet(OptionalInt::empty);
        }

        private OptionalInt byText(JsonFile file, String field) {
            JsonNode value = file.content().path(field);
            if (value.isNull()) {
                return OptionalInt.empty();
            }
            JsonNode text = value.isObject() ? value.path("content") : value;
            if (!text.isTextual()) {
                return problem(file, field + " must be a token's text or null, got " + value);
            }
            OptionalInt id = vocabulary.idOf(text.textValue());
            if (id.isEmpty()) {
                return problem(
                        file,
                        field + " " + text + " is not a token of tokenizer.json; add it there or name one that is");
            }
            named.add(text.textValue());
            return id;
        }

        private OptionalInt byId(JsonFile file, String field) {
            JsonNode value = file.content().path(field);
            // A list names several ends of text; the first is the one to write.
            JsonNode id = value.isArray() ? value.path(0) : value;
            // The first Llama checkpoints write -1 for none.
            if (id.isMissingNode() || id.isNull() || (id.isInt() && id.intValue() == -1)) {
                return OptionalInt.empty();
            }
            if (!id.isInt() || !vocabulary.ids().containsValue(id.intValue())) {
                return problem(
                        file,
                        field + " " + value
                                + " is not the id of a token of tokenizer.json; correct it or remove the field");
            }
            return OptionalInt.of(id.intValue());
        }

        private OptionalInt problem(JsonFile file, String problem) {
            problems.add(file.path().getFileName() + ": " + problem);
            return OptionalInt.empty();
        }
    }
}
