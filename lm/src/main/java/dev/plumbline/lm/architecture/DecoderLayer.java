package dev.plumbline.lm.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One layer: x + output(attention(norm(x))), then x + mlp(norm(x)).
 *
 * @param inputMaps to queries, keys and values: three maps, or one whose output is all three side by side
 * @param headNorms over each query head and each key head before rotation (Qwen3), or none
 * @param mlpInputs gate and up (SwiGLU), or a single map before a GELU
 * @param window how many positions a token sees, itself included; 0 for all before it
 */
public record DecoderLayer(
        Normalization attentionNorm,
        List<LinearMap> inputMaps,
        List<Normalization> headNorms,
        LinearMap outputMap,
        Normalization mlpNorm,
        List<LinearMap> mlpInputs,
        LinearMap mlpOutput,
        int window) {
    static List<DecoderLayer> of(ModelConfig config) {
        return IntStream.range(0, config.layers())
                .mapToObj(layer -> config.family() == Family.GPT2 ? gpt2(config, layer) : llama(config, layer))
                .toList();
    }

    private static DecoderLayer gpt2(ModelConfig config, int layer) {
        String prefix = "transformer.h." + layer + ".";
        int hidden = config.hiddenSize();
        int intermediate = config.dimensions().intermediate();
        double deviation = config.initializerRange();
        // GPT-2 scales the maps that write to the residual stream by its number of additions.
        double outputDeviation = deviation / Math.sqrt(2.0 * config.layers());
        return new DecoderLayer(
                new Normalization(prefix + "ln_1", hidden, true),
                List.of(new LinearMap(
                        prefix + "attn.c_attn", hidden, 3 * hidden, Bias.LEARNED_BUT_FOR_KEYS, true, deviation)),
                List.of(),
                new LinearMap(prefix + "attn.c_proj", hidden, hidden, Bias.LEARNED, true, outputDeviation),
                new Normalization(prefix + "ln_2", hidden, true),
                List.of(new LinearMap(prefix + "mlp.c_fc", hidden, intermediate, Bias.LEARNED, true, deviation)),
                new LinearMap(prefix + "mlp.c_proj", intermediate, hidden, Bias.LEARNED, true, outputDeviation),
                config.attention().windows().get(layer));
    }

    private static DecoderLayer llama(ModelConfig config, int layer) {
        String prefix = "model.layers." + layer + ".";
        String attention = prefix + "self_attn.";
        String mlp = prefix + "mlp.";
        AttentionShape shape = config.attention();
        int hidden = config.hiddenSize();
        int intermediate = config.dimensions().intermediate();
        double deviation = config.initializerRange();
        Bias bias = Bias.of(shape.inputBias());
        Bias mlpBias = Bias.of(config.mlpBias());
        return new DecoderLayer(
                new Normalization(prefix + "input_layernorm", hidden, false),
                List.of(
                        new LinearMap(attention + "q_proj", hidden, shape.queryWidth(), bias, false, deviation),
                        new LinearMap(attention + "k_proj", hidden, shape.keyValueWidth(), bias, false, deviation),
                        new LinearMap(attention + "v_proj", hidden, shape.keyValueWidth(), bias, false, deviation)),
                config.family() == Family.QWEN3
                        ? List.of(
                                new Normalization(attention + "q_norm", shape.headDim(), false),
                                new Normalization(attention + "k_norm", shape.headDim(), false))
                        : List.of(),
                new LinearMap(
                        attention + "o_proj",
                        shape.queryWidth(),
                        hidden,
                        Bias.of(shape.outputBias()),
                        false,
                        deviation),
                new Normalization(prefix + "post_attention_layernorm", hidden, false),
                List.of(
                        new LinearMap(mlp + "gate_proj", hidden, intermediate, mlpBias, false, deviation),
                        new LinearMap(mlp + "up_proj", hidden, intermediate, mlpBias, false, deviation)),
                new LinearMap(mlp + "down_proj", intermediate, hidden, mlpBias, false, deviation),
                shape.windows().get(layer));
    }

    /** All linear maps, in the order in which they are computed. */
    public List<LinearMap> maps() {
        List<LinearMap> maps = new ArrayList<>(inputMaps);
        maps.add(outputMap);
        maps.addAll(mlpInputs);
        maps.add(mlpOutput);
        return maps;
    }

    List<TensorSpec> tensors() {
        List<TensorSpec> tensors = new ArrayList<>();
        attentionNorm.addTo(tensors);
        inputMaps.forEach(map -> map.addTo(tensors));
        headNorms.forEach(norm -> norm.addTo(tensors));
        outputMap.addTo(tensors);
        mlpNorm.addTo(tensors);
        mlpInputs.forEach(map -> map.addTo(tensors));
        mlpOutput.addTo(tensors);
        return tensors;
    }
}
