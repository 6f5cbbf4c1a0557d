package dev.plumbline.lm;

import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Directories with the configuration of a small decoder, without weights at first. */
public final class SmallModel {
    public static final int VOCABULARY = 50;
    public static final int CONTEXT = 40;

    private SmallModel() {}

    /** Grouped queries, head norms, tied embeddings. */
    public static Path qwen3(Path directory) throws IOException {
        return write(directory, """
                {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "hidden_size": 24,
                 "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "num_hidden_layers": 2,
                 "vocab_size": %d, "max_position_embeddings": %d, "intermediate_size": 40, "tie_word_embeddings": true}
                """);
    }

    /** Biases, learned positions, an output head of its own. */
    public static Path gpt2(Path directory) throws IOException {
        return write(directory, """
                {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 24, "n_head": 3, "n_layer": 2,
                 "vocab_size": %d, "n_positions": %d, "tie_word_embeddings": false}
                """);
    }

    /** Another directory, beside one without weights, with the same model and random ones. */
    public static Path withWeights(Path directory) {
        Path saved = directory.resolveSibling("with-weights");
        try (TrainableModel model =
                TrainableModel.load(directory, new Start.StoredOrRandom(3), ComputeSettings.cpu(2))) {
            model.save(saved);
        }
        return saved;
    }

    private static Path write(Path directory, String config) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), config.formatted(VOCABULARY, CONTEXT));
        return directory;
    }
}
