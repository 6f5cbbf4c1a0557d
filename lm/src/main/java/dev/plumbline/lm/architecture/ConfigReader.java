package dev.plumbline.lm.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * From {@code config.json} to {@link ModelConfig}. A field that is absent has the default of its transformers class
 * (4.53); what cannot be computed is refused, all of it at once.
 */
final class ConfigReader {
    private final String where;
    private final JsonFields fields;
    private final List<String> problems = new ArrayList<>();

    ConfigReader(String where, ObjectNode json) {
        this.where = where;
        this.fields = new JsonFields(json, problems);
    }

    ModelConfig read() {
        String modelType = fields.text("model_type", "");
        Optional<Family> family = Family.ofModelType(modelType);
        if (family.isEmpty()) {
            problems.add("model_type must be one of "
                    + Arrays.stream(Family.values()).map(Family::modelType).collect(Collectors.joining(", ")) + ", got "
                    + (modelType.isEmpty() ? "nothing" : modelType));
            throw new InvalidModelException(where, problems);
        }
        if (fields.present("quantization_config")) {
            problems.add("quantization_config is not supported; save the model without quantization");
        }
        HeadKind head = head(family.get());
        Optional<ModelConfig> config = family.get() == Family.GPT2 ? readGpt2(head) : readRotary(family.get(), head);
        if (!problems.isEmpty() || config.isEmpty()) {
            throw new InvalidModelException(where, problems);
        }
        return config.get();
    }

    private HeadKind head(Family family) {
        JsonNode architectures = fields.node("architectures");
        String name = architectures.size() == 1 ? architectures.get(0).asText() : "";
        if (name.equals(family.className(HeadKind.CAUSAL))) {
            return HeadKind.CAUSAL;
        }
        if (!name.equals(family.className(HeadKind.SCORE))) {
            problems.add("architectures must be [\"" + family.className(HeadKind.CAUSAL) + "\"] or [\""
                    + family.className(HeadKind.SCORE) + "\"], got " + shown(architectures));
        } else if (labels() != 1) {
            problems.add("a score head has one label, got " + labels()
                    + "; write id2label with one entry, such as {\"0\": \"reward\"}");
        }
        return HeadKind.SCORE;
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "nothing" : node.toString();
    }

    private int labels() {
        JsonNode names = fields.node("id2label");
        int unsaid = 2;
        return names.isObject() ? names.size() : fields.whole("num_labels", unsaid);
    }

    private Optional<ModelConfig> readGpt2(HeadKind head) {
        int hidden = fields.requiredWhole("n_embd");
        int heads = fields.requiredWhole("n_head");
        int layers = fields.requiredWhole("n_layer");
        int vocabulary = fields.requiredWhole("vocab_size");
        int positions = fields.requiredWhole("n_positions");
        int intermediate = fields.whole("n_inner", 4 * hidden);
        fields.requireText("activation_function", "gelu_new", "gelu_new");
        fields.requireFlag("scale_attn_weights", true, true);
        fields.requireFlag("scale_attn_by_inverse_layer_idx", false, false);
        fields.requireFlag("add_cross_attention", false, false);
        requireDivisible("n_embd", hidden, "n_head", heads);
        return built(() -> new ModelConfig(
                Family.GPT2,
                head,
                new Dimensions(vocabulary, hidden, intermediate, layers, positions),
                new AttentionShape(heads, heads, hidden / heads, true, true, fullAttention(layers)),
                new Positions.Learned(),
                true,
                fields.flag("tie_word_embeddings", true),
                fields.positive("layer_norm_epsilon", 1e-5),
                fields.positive("initializer_range", 0.02),
                head == HeadKind.SCORE ? fields.finite(ModelConfig.SCORE_BIAS, 0) : 0,
                padTokenId(vocabulary)));
    }

    private Optional<ModelConfig> readRotary(Family family, HeadKind head) {
        int hidden = fields.requiredWhole("hidden_size");
        int heads = fields.requiredWhole("num_attention_heads");
        int layers = fields.requiredWhole("num_hidden_layers");
        int vocabulary = fields.requiredWhole("vocab_size");
        int positions = fields.requiredWhole("max_position_embeddings");
        int intermediate = fields.requiredWhole("intermediate_size");
        int keyValueHeads = family == Family.LLAMA
                ? fields.whole("num_key_value_heads", heads)
                : fields.requiredWhole("num_key_value_heads");
        fields.requireText("hidden_act", "silu", "silu");
        requireDivisible("num_attention_heads", heads, "num_key_value_heads", keyValueHeads);
        int headDim;
        if (fields.present("head_dim")) {
            headDim = fields.requiredWhole("head_dim");
        } else {
            int qwen3Default = 128;
            headDim = family == Family.QWEN3 ? qwen3Default : hidden / Math.max(1, heads);
            if (family != Family.QWEN3) {
                requireDivisible("hidden_size", hidden, "num_attention_heads", heads);
            }
        }
        if (headDim % 2 != 0) {
            problems.add("head_dim must be even for rotary positions, got " + headDim);
        }
        boolean attentionBias =
                family != Family.MISTRAL && family != Family.QWEN2 && fields.flag("attention_bias", false);
        List<Integer> windows = new WindowReader(fields, problems).windows(family, layers);
        return built(() -> new ModelConfig(
                family,
                head,
                new Dimensions(vocabulary, hidden, intermediate, layers, positions),
                new AttentionShape(
                        heads, keyValueHeads, headDim, attentionBias || family == Family.QWEN2, attentionBias, windows),
                new Positions.Rotary(fields.positive("rope_theta", 10000), scaling()),
                family == Family.LLAMA && fields.flag("mlp_bias", false),
                fields.flag("tie_word_embeddings", false),
                fields.positive("rms_norm_eps", 1e-6),
                fields.positive("initializer_range", 0.02),
                head == HeadKind.SCORE ? fields.finite(ModelConfig.SCORE_BIAS, 0) : 0,
                padTokenId(vocabulary)));
    }

    /** Builds, unless a field is already known to be wrong; what the records refuse becomes a problem too. */
    private Optional<ModelConfig> built(Supplier<ModelConfig> build) {
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(build.get());
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
            return Optional.empty();
        }
    }

    private RotaryScaling scaling() {
        if (!fields.present("rope_scaling")) {
            return new RotaryScaling.None();
        }
        JsonNode node = fields.node("rope_scaling");
        // Older files call the kind "type".
        String kind = node.path("rope_type").asText(node.path("type").asText());
        if (kind.equals("default")) {
            return new RotaryScaling.None();
        }
        if (!kind.equals("llama3") || !(node instanceof ObjectNode object)) {
            throw new IllegalArgumentException(
                    "rope_scaling must be null or of rope_type llama3, got " + node + "; no other kind is computed");
        }
        int known = problems.size();
        JsonFields scaling = new JsonFields(object, problems);
        double factor = scaling.positive("factor", Double.NaN);
        double low = scaling.positive("low_freq_factor", Double.NaN);
        double high = scaling.positive("high_freq_factor", Double.NaN);
        int original = scaling.requiredWhole("original_max_position_embeddings");
        return problems.size() > known
                ? new RotaryScaling.None()
                : new RotaryScaling.Llama3(factor, low, high, original);
    }

    private int padTokenId(int vocabulary) {
        int pad = fields.whole("pad_token_id", -1);
        if (pad >= vocabulary) {
            throw new IllegalArgumentException("pad_token_id must be below vocab_size " + vocabulary + ", got " + pad);
        }
        return pad;
    }

    private void requireDivisible(String name, int value, String divisorName, int divisor) {
        if (divisor > 0 && value % divisor != 0) {
            problems.add(name + " must be a multiple of " + divisorName + ", got " + value + " and " + divisor);
        }
    }

    private static List<Integer> fullAttention(int layers) {
        return Collections.nCopies(layers, 0);
    }
}
