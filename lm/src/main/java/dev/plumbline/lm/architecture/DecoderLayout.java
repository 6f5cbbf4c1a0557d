package dev.plumbline.lm.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Every tensor of a decoder, by name and shape, in the order in which they are computed with. */
public final class DecoderLayout {
    private final ModelConfig config;
    private final List<DecoderLayer> layers;
    private final Normalization finalNorm;
    private final List<TensorSpec> tensors;
    private final Map<String, Integer> indices;

    public DecoderLayout(ModelConfig config) {
        this.config = config;
        this.layers = DecoderLayer.of(config);
        boolean gpt2 = config.family() == Family.GPT2;
        this.finalNorm = new Normalization(gpt2 ? "transformer.ln_f" : "model.norm", config.hiddenSize(), gpt2);
        this.tensors = allTensors();
        this.indices = IntStream.range(0, tensors.size())
                .boxed()
                .collect(Collectors.toMap(i -> tensors.get(i).name(), Function.identity()));
    }

    private List<TensorSpec> allTensors() {
        List<TensorSpec> all = new ArrayList<>();
        List<Integer> embeddingShape = List.of(config.vocabularySize(), config.hiddenSize());
        double deviation = config.initializerRange();
        boolean zeroRow = padRowIsFixed();
        all.add(new TensorSpec(
                tokenEmbedding(),
                embeddingShape,
                zeroRow
                        ? new Initialisation.NormalButRow(deviation, config.padTokenId())
                        : new Initialisation.Normal(deviation)));
        if (config.positions() instanceof Positions.Learned) {
            all.add(new TensorSpec(
                    positionEmbedding(),
                    List.of(config.maxPositions(), config.hiddenSize()),
                    new Initialisation.Normal(deviation)));
        }
        layers.forEach(layer -> all.addAll(layer.tensors()));
        finalNorm.addTo(all);
        if (config.head() == HeadKind.SCORE) {
            all.add(new TensorSpec(head(), List.of(1, config.hiddenSize()), new Initialisation.Normal(deviation)));
        } else if (!config.tiedEmbeddings()) {
            all.add(new TensorSpec(head(), embeddingShape, new Initialisation.Normal(deviation)));
        }
        return List.copyOf(all);
    }

    /** Whether the padding token's embedding is left out of learning: all families but GPT-2 say so. */
    public boolean padRowIsFixed() {
        return config.family() != Family.GPT2 && config.padId().isPresent();
    }

    public ModelConfig config() {
        return config;
    }

    public List<DecoderLayer> layers() {
        return layers;
    }

    /** The last parts of the names of the layers' linear maps, each once. */
    public List<String> mapNames() {
        return layers.stream()
                .flatMap(layer -> layer.maps().stream())
                .map(map -> map.name().substring(map.name().lastIndexOf('.') + 1))
                .distinct()
                .toList();
    }

    /** After the last layer. */
    public Normalization finalNorm() {
        return finalNorm;
    }

    /** Name of the [vocabulary, hidden] embedding. */
    public String tokenEmbedding() {
        return config.family() == Family.GPT2 ? "transformer.wte.weight" : "model.embed_tokens.weight";
    }

    /** Name of the [positions, hidden] embedding of a decoder with learned positions. */
    public String positionEmbedding() {
        return "transformer.wpe.weight";
    }

    /** Name of the head's weight: [vocabulary, hidden], which may be the token embedding, or [1, hidden]. */
    public String head() {
        if (config.head() == HeadKind.SCORE) {
            return "score.weight";
        }
        return config.tiedEmbeddings() ? tokenEmbedding() : "lm_head.weight";
    }

    /** Whether weight decay is usual for a tensor: for matrices, adapters' too, but not for biases, gains and embeddings. */
    public boolean decays(TensorSpec tensor) {
        return tensor.shape().size() > 1
                && !tensor.name().equals(tokenEmbedding())
                && !tensor.name().equals(positionEmbedding());
    }

    /** Every learned tensor, a tied one once. */
    public List<TensorSpec> tensors() {
        return tensors;
    }

    /** Where a tensor stands in {@link #tensors}. */
    public int index(String name) {
        Integer index = indices.get(name);
        if (index == null) {
            throw new IllegalArgumentException("the decoder has no tensor " + name);
        }
        return index;
    }
}
