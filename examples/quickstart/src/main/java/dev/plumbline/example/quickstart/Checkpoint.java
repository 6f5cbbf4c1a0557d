package dev.plumbline.example.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The base model before its first step: a small Llama's configuration and a tokenizer of this world's words. */
final class Checkpoint {
    static final String PAD = "<pad>";
    static final String BOS = "<bos>";
    static final String EOS = "<eos>";
    static final String UNK = "<unk>";
    private static final List<String> SPECIAL = List.of(PAD, BOS, EOS, UNK);
    private static final int CONTEXT = 128;

    private Checkpoint() {}

    /** Special tokens first, then every word of every template, phrase, clause and animal. */
    static List<String> vocabulary() {
        Set<String> words = new LinkedHashSet<>(SPECIAL);
        add(words, World.animals());
        for (Attribute attribute : Attribute.values()) {
            add(words, attribute.range());
            add(words, List.of(attribute.noun()));
            attribute.range().forEach(value -> add(words, List.of(attribute.clause(value))));
        }
        for (Template template : Template.all()) {
            add(words, List.of(template.pattern().replace("{animal}", "")));
        }
        for (List<String> phrases : Phrases.ALL) {
            add(words, phrases);
        }
        add(words, List.of(". it its the of is and"));
        return List.copyOf(words);
    }

    private static void add(Set<String> words, List<String> texts) {
        for (String text : texts) {
            for (String word : text.strip().split("\\s+", -1)) {
                words.add(word);
            }
        }
    }

    /** Writes config.json, tokenizer.json and tokenizer_config.json. */
    static void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        List<String> vocabulary = vocabulary();
        Json.write(directory.resolve("config.json"), config(vocabulary));
        Json.write(directory.resolve("tokenizer.json"), tokenizer(vocabulary));
        Json.write(
                directory.resolve("tokenizer_config.json"),
                Json.object(
                        "tokenizer_class", "PreTrainedTokenizerFast",
                        "pad_token", PAD,
                        "bos_token", BOS,
                        "eos_token", EOS,
                        "unk_token", UNK,
                        "clean_up_tokenization_spaces", false,
                        "model_max_length", CONTEXT));
    }

    private static Map<String, Object> config(List<String> vocabulary) {
        return Json.object(
                "architectures",
                List.of("LlamaForCausalLM"),
                "model_type",
                "llama",
                "vocab_size",
                vocabulary.size(),
                "hidden_size",
                128,
                "intermediate_size",
                352,
                "num_hidden_layers",
                3,
                "num_attention_heads",
                4,
                "num_key_value_heads",
                2,
                "head_dim",
                32,
                "hidden_act",
                "silu",
                "max_position_embeddings",
                CONTEXT,
                "rms_norm_eps",
                1e-5,
                "rope_theta",
                10000.0,
                "attention_bias",
                false,
                "attention_dropout",
                0.0,
                "mlp_bias",
                false,
                "tie_word_embeddings",
                true,
                "initializer_range",
                0.05,
                "pad_token_id",
                vocabulary.indexOf(PAD),
                "bos_token_id",
                vocabulary.indexOf(BOS),
                "eos_token_id",
                vocabulary.indexOf(EOS),
                "torch_dtype",
                "float32");
    }

    private static Map<String, Object> tokenizer(List<String> vocabulary) {
        List<Object> added = new ArrayList<>();
        for (String token : SPECIAL) {
            added.add(Json.object(
                    "id", vocabulary.indexOf(token),
                    "content", token,
                    "single_word", false,
                    "lstrip", false,
                    "rstrip", false,
                    "normalized", false,
                    "special", true));
        }
        Map<String, Object> ids = new LinkedHashMap<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            ids.put(vocabulary.get(id), id);
        }
        Map<String, Object> begin = Json.object("SpecialToken", Json.object("id", BOS, "type_id", 0));
        Map<String, Object> text = Json.object("Sequence", Json.object("id", "A", "type_id", 0));
        Map<String, Object> more = Json.object("Sequence", Json.object("id", "B", "type_id", 1));
        Map<String, Object> start =
                Json.object("id", BOS, "ids", List.of(vocabulary.indexOf(BOS)), "tokens", List.of(BOS));
        return Json.object(
                "version", "1.0",
                "added_tokens", added,
                "normalizer", Json.object("type", "Lowercase"),
                "pre_tokenizer", Json.object("type", "Whitespace"),
                "post_processor",
                        Json.object(
                                "type", "TemplateProcessing",
                                "single", List.of(begin, text),
                                "pair", List.of(begin, text, more),
                                "special_tokens", Json.object(BOS, start)),
                "model", Json.object("type", "WordLevel", "vocab", ids, "unk_token", UNK));
    }
}
