package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.Parameters;

/**
 * Layers of which only the inputs are kept until the gradients are computed (Chen et al. 2016): each layer is computed
 * again then, so that the activations of one layer at a time are in memory. One forward pass more, and the same gradients
 * bit by bit.
 */
final class RecomputedLayers {
    /** Where the tokens stand, and the weights; with dropout {@code keys} follow. */
    private static final String PLACES = "positions, roots, lengths, branches, root_of, back, rows, w";

    private static final String PACKING = "positions: Tensor, roots: Tensor, lengths: Tensor, branches: Tensor,"
            + " root_of: Tensor, back: Tensor, rows: Tensor, w: List[Tensor]";

    private final DecoderLayout layout;
    private final DecoderSource source;
    private final ListedWeights parts;
    private final boolean embeddingLearns;
    private final String places;
    private final String packing;

    /**
     * Layers of a decoder.
     *
     * @param parts of the layers that are computed again
     * @param keyed whether the parts read {@code keys}
     */
    RecomputedLayers(Parameters parameters, ListedWeights parts, boolean keyed) {
        this.layout = parameters.layout();
        this.source = new DecoderSource(layout);
        this.parts = parts;
        this.places = PLACES + (keyed ? ", keys" : "");
        this.packing = PACKING + (keyed ? ", keys: Tensor" : "");
        this.embeddingLearns = parameters.learnedIndex(layout.tokenEmbedding()).isPresent();
    }

    /** The methods that the other statements call. */
    String methods() {
        StringBuilder methods = new StringBuilder();
        for (int layer = 0; layer < layers(); layer++) {
            methods.append(layer(layer));
        }
        return methods.append(boundaries()).toString();
    }

    private String layer(int layer) {
        Statements body = new Statements();
        parts.writeMask(body, layout.layers().get(layer).window());
        source.writeAngles(body);
        source.writeLayer(body, parts, layer);
        return body.add("return x").method("layer%d(self, x: Tensor, %s) -> Tensor".formatted(layer, packing));
    }

    /** The embeddings, which remember where they come from, and what each layer makes of them, which does not. */
    private String boundaries() {
        Statements body = new Statements();
        source.writeEmbedding(body, parts);
        body.add("boundaries = [x]");
        for (int layer = 0; layer < layers(); layer++) {
            body.add("x = torch.detach(%s)", call(layer, "torch.detach(x)"));
            body.add("boundaries.append(x)");
        }
        return body.add("return boundaries").method("boundaries(self, ids: Tensor, " + packing + ") -> List[Tensor]");
    }

    /** Writes the forward pass: {@code boundaries}, and {@code x} [1, rows, hidden], whose gradient will be asked for. */
    void writeForward(Statements body) {
        body.add("boundaries = self.boundaries(ids, " + places + ")");
        body.add("x = torch.requires_grad_(boundaries[%d], True)", layers());
    }

    /** Takes the boundaries that stand at the end of {@code outputs} from there. */
    void writeSplit(Statements body) {
        body.add("kept = len(outputs) - %d", layers() + 1);
        body.add("boundaries = outputs[kept:]");
        body.add("outputs = outputs[:kept]");
    }

    /** Writes the backward pass, from the last boundary's gradient down to the embeddings. */
    void writeBackward(Statements body) {
        body.add("gradient = boundaries[%d].grad", layers());
        for (int layer = layers() - 1; layer >= 0; layer--) {
            boolean inputLearns = layer > 0 || embeddingLearns;
            body.add(
                    "x = torch.requires_grad_(torch.detach(boundaries[%d]), %s)",
                    layer, inputLearns ? "True" : "False");
            writeBackward(body, call(layer, "x"));
            if (inputLearns) {
                body.add("gradient = x.grad");
            }
        }
        if (embeddingLearns) {
            writeBackward(body, "boundaries[0]");
        }
    }

    private static void writeBackward(Statements body, String output) {
        body.add("torch.autograd.backward([%s], annotate(List[Optional[Tensor]], [gradient]))", output);
    }

    private String call(int layer, String input) {
        return "self.layer" + layer + "(" + input + ", " + places + ")";
    }

    private int layers() {
        return layout.layers().size();
    }
}
