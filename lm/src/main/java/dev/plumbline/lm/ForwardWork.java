package dev.plumbline.lm;

import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.architecture.DecoderLayer;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.LinearMap;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.decoder.PackedBatch;
import dev.plumbline.lm.torch.ComputeSettings;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a forward pass computes, in floating-point operations, of which a multiplication and an addition are two. The backward
 * pass does each of these about twice, so that shares of the whole are about the same.
 *
 * <p>Counted are the products with the layers' maps and with the output head, which see no padding, and attention's two
 * products, queries with keys and weights with values, over whole rectangles; not adapters, normalisations and activations.
 * Of a rectangle of roots a causal kernel computes little more than half, so that where no prompt is shared padding's share
 * of what is counted is an upper bound.
 *
 * @param operations all of them
 * @param padding those of them that attention does only because its rectangle is larger than a sequence in it
 */
public record ForwardWork(double operations, double padding) {
    public static final ForwardWork NONE = new ForwardWork(0, 0);

    /** A multiplication and an addition. */
    private static final double PER_ELEMENT = 2;

    /**
     * The work for a micro-batch as the calling thread would have it computed.
     *
     * @throws IllegalArgumentException if the model cannot compute a sequence
     */
    public static ForwardWork of(MicroBatch batch, ModelConfig config, ComputeSettings settings) {
        DecoderLayout layout = new DecoderLayout(config);
        return new BatchParts(batch, config, settings)
                .packed().stream().map(part -> of(part, layout)).reduce(NONE, ForwardWork::plus);
    }

    private static ForwardWork of(PackedBatch batch, DecoderLayout layout) {
        AttentionShape shape = layout.config().attention();
        double perPair = layout.config().layers() * 2 * PER_ELEMENT * shape.queryWidth();
        double pairs = batch.roots().places().length * (double) batch.roots().width()
                + batch.branches().places().length
                        * (double) (batch.roots().width() + batch.branches().width());
        return new ForwardWork(products(batch, layout) + perPair * pairs, perPair * (pairs - ownPairs(batch)));
    }

    /** In the last layer the tokens that nobody reads are left out of all that follows attention. */
    private static double products(PackedBatch batch, DecoderLayout layout) {
        List<DecoderLayer> layers = layout.layers();
        DecoderLayer last = layers.get(layers.size() - 1);
        double all = elements(layers.stream().flatMap(layer -> layer.maps().stream()));
        double ofRead = elements(last.maps().stream()) - elements(last.inputMaps().stream());
        ModelConfig config = layout.config();
        double head = config.hiddenSize() * (config.head() == HeadKind.CAUSAL ? (double) config.vocabularySize() : 1);
        return PER_ELEMENT * (batch.ids().length * (all - ofRead) + batch.rows().length * (ofRead + head));
    }

    private static double elements(Stream<LinearMap> maps) {
        return maps.mapToDouble(map -> (double) map.inputs() * map.outputs()).sum();
    }

    /** Pairs of a query and a key if each root and each branch had a rectangle to itself. */
    private static double ownPairs(PackedBatch batch) {
        double pairs = 0;
        for (long length : batch.lengths()) {
            pairs += (double) length * length;
        }
        int[] branchLengths = batch.branchLengths();
        for (int branch = 0; branch < branchLengths.length; branch++) {
            long root = batch.lengths()[(int) batch.rootOf()[branch]];
            pairs += branchLengths[branch] * (double) (root + branchLengths[branch]);
        }
        return pairs;
    }

    public ForwardWork plus(ForwardWork other) {
        return new ForwardWork(operations + other.operations, padding + other.padding);
    }

    /** Share of the operations that padding takes, in [0, 1); 0 if there are none. */
    public double paddingShare() {
        return operations == 0 ? 0 : padding / operations;
    }
}
