package dev.plumbline.e2e;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The smallest task there is something to learn in: a Llama of two layers without weights, eight words, some prompts. */
final class TinyWorld {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> WORDS =
            List.of("<pad>", "<bos>", "<eos>", "<unk>", "good", "bad", "red", "blue", "one", "two", "say", "now");

    /** What the reward looks for. */
    static final String WANTED = "\\bgood\\b";

    private TinyWorld() {}

    /** A checkpoint directory with config and tokenizer only. */
    static Path model(Path directory) {
        try {
            Files.createDirectories(directory);
            JSON.writeValue(directory.resolve("config.json").toFile(), config());
            JSON.writeValue(directory.resolve("tokenizer.json").toFile(), tokenizer());
            JSON.writeValue(
                    directory.resolve("tokenizer_config.json").toFile(),
                    JSON.createObjectNode()
                            .put("pad_token", "<pad>")
                            .put("bos_token", "<bos>")
                            .put("eos_token", "<eos>")
                            .put("unk_token", "<unk>"));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first 512 are all different. */
    static String question(int i) {
        List<String> words = WORDS.subList(4, WORDS.size());
        return words.get(i % 8) + " " + words.get(i / 8 % 8) + " " + words.get(i / 64 % 8);
    }

    /** A file of prompts, all different. */
    static Path prompts(Path file, int count) {
        String lines = IntStream.range(0, count)
                .mapToObj(
                        i -> JSON.createObjectNode().put("prompt", question(i)).toString())
                .collect(Collectors.joining("\n", "", "\n"));
        try {
            return Files.writeString(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of up to 128 prompts with the answer that is wanted, whose first word none of them ends in. */
    static Path demonstrations(Path file, int count) {
        String lines = IntStream.range(0, count)
                .mapToObj(i -> JSON.createObjectNode()
                        .put("prompt", question(128 + i))
                        .put("completion", " good now")
                        .toString())
                .collect(Collectors.joining("\n", "", "\n"));
        try {
            return Files.writeString(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of answers to prompts, of which the good one is best. */
    static Path rankings(Path file, int count) {
        String lines = IntStream.range(0, count)
                .mapToObj(i -> {
                    ObjectNode line = JSON.createObjectNode().put("prompt", question(i));
                    line.putArray("completions").add(" good now").add(" bad " + question(i * 3));
                    line.putArray("ranks").add(1).add(2);
                    return line.toString();
                })
                .collect(Collectors.joining("\n", "", "\n"));
        try {
            return Files.writeString(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of plain texts. */
    static Path texts(Path file, int count) {
        List<String> words = WORDS.subList(4, WORDS.size());
        String lines = IntStream.range(0, count)
                .mapToObj(i -> JSON.createObjectNode()
                        .put("text", words.get(i % 8) + " " + words.get(i * 3 % 8) + " " + words.get(i * 5 / 8 % 8))
                        .toString())
                .collect(Collectors.joining("\n", "", "\n"));
        try {
            return Files.writeString(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode config() {
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add("LlamaForCausalLM");
        return config.put("model_type", "llama")
                .put("vocab_size", WORDS.size())
                .put("hidden_size", 16)
                .put("intermediate_size", 32)
                .put("num_hidden_layers", 2)
                .put("num_attention_heads", 2)
                .put("num_key_value_heads", 2)
                .put("max_position_embeddings", 128)
                .put("rms_norm_eps", 1e-5)
                .put("rope_theta", 10000.0)
                .put("hidden_act", "silu")
                .put("tie_word_embeddings", false)
                .put("pad_token_id", 0)
                .put("bos_token_id", 1)
                .put("eos_token_id", 2);
    }

    private static ObjectNode tokenizer() {
        ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
        ArrayNode added = tokenizer.putArray("added_tokens");
        for (int id = 0; id < 4; id++) {
            added.addObject()
                    .put("id", id)
                    .put("content", WORDS.get(id))
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        tokenizer.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
        ObjectNode model = tokenizer.putObject("model").put("type", "WordLevel").put("unk_token", "<unk>");
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < WORDS.size(); id++) {
            vocabulary.put(WORDS.get(id), id);
        }
        return tokenizer;
    }
}
