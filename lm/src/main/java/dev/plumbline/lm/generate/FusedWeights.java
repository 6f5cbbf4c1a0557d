package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.architecture.DecoderLayer;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.LinearMap;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.Normalization;
import dev.plumbline.lm.architecture.Positions;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.WeightSource;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder's weights as {@code step.py} wants them: maps with the same input fused, the weights of normalisations
 * multiplied into the maps that follow, rotated pairs interleaved, each product in its faster form.
 */
final class FusedWeights {
    private final NDManager owner;
    private final Kernels kernels;
    private final ModelConfig config;
    private final DecoderLayout layout;
    private final WeightSource source;
    private final ProductForms forms;
    private final NDArray none;

    /** [V, C], and [positions, C] where positions are learned. */
    final NDList embeddings = new NDList();

    /** [capacity, D / 2] complex; empty where positions are learned. */
    final NDArray rotation;

    /** Nine tensors for each layer. */
    final NDList layers = new NDList();

    final NDList head = new NDList();

    final NDList floors = new NDList();

    /**
     * Reads the weights layer by layer, so that little more than the result is in memory at any time.
     *
     * @param capacity positions that a slot holds
     */
    FusedWeights(
            NDManager owner,
            Kernels kernels,
            DecoderLayout layout,
            WeightSource source,
            ProductForms forms,
            int capacity) {
        this.owner = owner;
        this.kernels = kernels;
        this.config = layout.config();
        this.layout = layout;
        this.source = source;
        this.forms = forms;
        this.none = owner.create(new Shape(0));
        embeddings.add(embedding(layout.tokenEmbedding()));
        if (config.positions() instanceof Positions.Rotary rotary) {
            this.rotation = rotation(rotary, capacity);
        } else {
            this.rotation = none;
            embeddings.add(embedding(layout.positionEmbedding()));
        }
        floors.add(floor(config.hiddenSize()));
        floors.add(floor(config.attention().headDim()));
        layout.layers().forEach(this::addLayer);
        try (NDManager scope = owner.newSubManager()) {
            NDArray weight = read(scope, layout.head());
            addMap(scope, head, layout.finalNorm(), List.of(weight), List.of());
        }
    }

    private void addLayer(DecoderLayer layer) {
        try (NDManager scope = owner.newSubManager()) {
            addMaps(scope, layer.attentionNorm(), layer.inputMaps(), config.positions() instanceof Positions.Rotary);
            layers.add(layer.headNorms().isEmpty() ? none : headNorms(scope, layer.headNorms()));
            addOutput(scope, layer.outputMap());
            addMaps(scope, layer.mlpNorm(), layer.mlpInputs(), false);
            addOutput(scope, layer.mlpOutput());
        }
    }

    /** Maps with the same normalised input; of three that are rotated, the first two are queries and keys. */
    private void addMaps(NDManager scope, Normalization norm, List<LinearMap> maps, boolean rotated) {
        List<NDArray> weights = new ArrayList<>();
        List<NDArray> biases = new ArrayList<>();
        for (LinearMap map : maps) {
            boolean interleaved = rotated && weights.size() < 2;
            NDArray weight = outputMajor(scope, map);
            weights.add(interleaved ? interleave(scope, weight) : weight);
            if (map.bias().present()) {
                NDArray bias = read(scope, map.biasName());
                biases.add(interleaved ? interleave(scope, bias) : bias);
            }
        }
        addMap(scope, layers, norm, weights, biases);
    }

    /** Adds the fused map and its bias, those of the norm included. */
    private void addMap(
            NDManager scope, NDList target, Normalization norm, List<NDArray> weights, List<NDArray> biases) {
        NDArray gain = read(scope, norm.weight());
        // The kernel's RMSNorm lacks the square root of the width.
        NDArray scale = norm.bias() ? gain : gain.mul(Math.sqrt(norm.width()));
        NDList shifted = new NDList(biases);
        if (norm.bias()) {
            NDArray shift = read(scope, norm.biasName());
            shifted.clear();
            for (int i = 0; i < weights.size(); i++) {
                NDArray weight = weights.get(i);
                NDArray bias = biases.isEmpty() ? scope.zeros(new Shape(weight.size(0))) : biases.get(i);
                shifted.add(call(scope, "shifted", Argument.of(bias), Argument.of(weight), Argument.of(shift)));
            }
        }
        NDArray bias = shifted.isEmpty() ? none : keep(call(scope, "join", Argument.of(shifted)));
        NDArray map = call(scope, "fuse", Argument.of(new NDList(weights)), Argument.of(scale));
        target.add(product(scope, map, bias));
        target.add(bias);
    }

    private void addOutput(NDManager scope, LinearMap map) {
        NDArray bias = map.bias().present() ? keep(read(scope, map.biasName())) : none;
        NDArray scale = scope.ones(new Shape(map.inputs()));
        NDArray weight = call(scope, "fuse", Argument.of(new NDList(outputMajor(scope, map))), Argument.of(scale));
        layers.add(product(scope, weight, bias));
        layers.add(bias);
    }

    private NDArray product(NDManager scope, NDArray weight, NDArray bias) {
        return keep(call(scope, "laid_out", Argument.of(forms.faster(scope, weight, bias))));
    }

    /** Norms of query and key heads, one row per head, [H + J, D]. */
    private NDArray headNorms(NDManager scope, List<Normalization> norms) {
        AttentionShape shape = config.attention();
        NDArray query = headNorm(scope, norms.get(0)).repeat(0, shape.heads());
        NDArray key = headNorm(scope, norms.get(1)).repeat(0, shape.keyValueHeads());
        return keep(query.concat(key));
    }

    private NDArray headNorm(NDManager scope, Normalization norm) {
        NDArray gain = interleave(scope, read(scope, norm.weight()));
        return gain.mul(Math.sqrt(norm.width())).expandDims(0);
    }

    private NDArray outputMajor(NDManager scope, LinearMap map) {
        NDArray weight = read(scope, map.weight());
        return map.inputMajor() ? weight.transpose() : weight;
    }

    private NDArray interleave(NDManager scope, NDArray weight) {
        long headDim = config.attention().headDim();
        return call(scope, "interleave", Argument.of(weight), Argument.of(headDim));
    }

    private NDArray embedding(String name) {
        try (NDManager scope = owner.newSubManager()) {
            return keep(read(scope, name));
        }
    }

    private NDArray rotation(Positions.Rotary rotary, int capacity) {
        try (NDManager scope = owner.newSubManager()) {
            NDArray frequencies =
                    scope.create(rotary.frequencies(config.attention().headDim()));
            return keep(call(scope, "rotation", Argument.of(frequencies), Argument.of(capacity)));
        }
    }

    private NDArray floor(int width) {
        return owner.create(new float[] {(float) Math.sqrt(width * config.normEpsilon())});
    }

    private NDArray read(NDManager scope, String name) {
        TensorSpec tensor = layout.tensors().get(layout.index(name));
        NDArray onHost = Torch.emptyHostFloats(
                scope, tensor.shape().stream().mapToLong(Integer::longValue).toArray());
        source.read(tensor, Torch.memory(onHost));
        return onHost.toDevice(owner.getDevice(), false);
    }

    private NDArray call(NDManager scope, String method, Argument... arguments) {
        return kernels.infer(scope, method, arguments).singletonOrThrow();
    }

    private NDArray keep(NDArray tensor) {
        tensor.attach(owner);
        return tensor;
    }
}
