package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Llama checkpoints with random weights and a tokenizer of numbered words, to be measured. */
enum RandomLlama {
    /** 4 layers, 128 wide. */
    S(4, 128, 4, 344, 512),
    /** 8 layers, 512 wide. */
    M(8, 512, 8, 1376, 8192),
    /** The size of GPT-2 small: 12 layers, 768 wide. */
    G(12, 768, 12, 2048, 50257);

    private static final int POSITIONS = 1024;
    private static final JsonMapper JSON = new JsonMapper();

    private final int layers;
    private final int hidden;
    private final int heads;
    private final int intermediate;
    private final int vocabulary;

    RandomLlama(int layers, int hidden, int heads, int intermediate, int vocabulary) {
        this.layers = layers;
        this.hidden = hidden;
        this.heads = heads;
        this.intermediate = intermediate;
        this.vocabulary = vocabulary;
    }

    /** The models that a program's arguments name; all if there are none. */
    static List<RandomLlama> named(String... arguments) {
        return arguments.length == 0
                ? List.of(values())
                : Arrays.stream(arguments).map(RandomLlama::valueOf).toList();
    }

    int vocabulary() {
        return vocabulary;
    }

    /** Multiplications and additions of the layers' matrix products for one token, forward. */
    double layerFlops() {
        return 2.0 * layers * (4.0 * hidden * hidden + 3.0 * hidden * intermediate);
    }

    /** The same of the output head. */
    double headFlops() {
        return 2.0 * hidden * vocabulary;
    }

    /** Numbers in the weights. */
    long parameters() {
        return trunkParameters() + (long) vocabulary * hidden;
    }

    /** Numbers in the weights of a reward model or critic, whose head makes one number of a token. */
    long scoringParameters() {
        return trunkParameters() + hidden;
    }

    private long trunkParameters() {
        long layer = 4L * hidden * hidden + 3L * hidden * intermediate + 2L * hidden;
        return (long) vocabulary * hidden + layers * layer + hidden;
    }

    /**
     * Numbers that the layers keep of a token for the way back. Of a layer twelve vectors of the hidden width: input,
     * normalised and scaled, before attention and before the feed-forward part, queries and keys before and after their
     * rotation, values, and what attention gives; and four of the intermediate width: gate, its activation, the upward
     * product, and the product of both.
     */
    long activations() {
        return layers * (12L * hidden + 4L * intermediate);
    }

    /** Numbers that the output head takes for a token: logits, their log-probabilities, and their gradient. */
    long headActivations() {
        return 3L * vocabulary;
    }

    /** Writes the checkpoint into a new directory below the given one. */
    Path write(Path parent) throws IOException {
        Path empty = Files.createDirectories(parent.resolve(name() + "-config"));
        JSON.writeValue(empty.resolve("config.json").toFile(), config());
        JSON.writeValue(empty.resolve("tokenizer.json").toFile(), tokenizer());
        Path checkpoint = parent.resolve(name());
        try (TrainableModel model = TrainableModel.load(empty, new Start.StoredOrRandom(1), ComputeSettings.cpu(1))) {
            model.save(checkpoint);
        }
        return checkpoint;
    }

    /** Writes a reward model of the same size, likewise. */
    Path writeRewardModel(Path parent, Path checkpoint) {
        Path rewardModel = parent.resolve(name() + "-reward");
        try (TrainableModel model = TrainableModel.load(checkpoint, new Start.RewardHead(2), ComputeSettings.cpu(1))) {
            model.save(rewardModel);
        }
        return rewardModel;
    }

    /** A text of so many tokens. */
    String words(int count, Random random) {
        // The first two are the beginning and the end of a text.
        return random.ints(count, 2, vocabulary).mapToObj(id -> "w" + id).collect(Collectors.joining(" "));
    }

    private ObjectNode config() {
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add("LlamaForCausalLM");
        return config.put("model_type", "llama")
                .put("hidden_size", hidden)
                .put("intermediate_size", intermediate)
                .put("num_hidden_layers", layers)
                .put("num_attention_heads", heads)
                .put("num_key_value_heads", heads)
                .put("vocab_size", vocabulary)
                .put("max_position_embeddings", POSITIONS)
                .put("hidden_act", "silu")
                .put("rms_norm_eps", 1e-5)
                .put("rope_theta", 10000.0)
                .put("tie_word_embeddings", false)
                .put("initializer_range", 0.02)
                .put("bos_token_id", 0)
                .put("eos_token_id", 1);
    }

    private ObjectNode tokenizer() {
        ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
        tokenizer.putArray("added_tokens");
        tokenizer.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
        ObjectNode model = tokenizer.putObject("model").put("type", "WordLevel").put("unk_token", "w0");
        ObjectNode words = model.putObject("vocab");
        for (int id = 0; id < vocabulary; id++) {
            words.put("w" + id, id);
        }
        return tokenizer;
    }
}
