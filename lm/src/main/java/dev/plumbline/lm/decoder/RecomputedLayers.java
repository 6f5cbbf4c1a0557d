package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.Parameters;

/**
 * Layers of which only the inputs are kept until the gradients are computed (Chen et al. 2016): each layer is computed
 * again then, so that the activations of one layer at a time are in memory. One forward pass more, and the same gradients
 * bit by bit.
 */
final class RecomputedLayers {
    private final DecoderLayout layout;
    private final DecoderSource source;
    private final ListedWeights parts;
    private final boolean embeddingLearns;

    /** @param parts of the layers that are computed again */
    RecomputedLayers(Parameters parameters, ListedWeights parts) {
        this.layout = parameters.layout();
        this.source = new DecoderSource(layout);
        this.parts = parts;
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
        body.add("positions = torch.arange(x.size(1), device=x.device)");
        source.writeAngles(body);
        source.writeLayer(body, parts, layer);
        return body.add("return x").method("layer%d(self, x: Tensor, w: List[Tensor]) -> Tensor".formatted(layer));
    }

    /** The embeddings, which remember where they come from, and what each layer makes of them, which does not. */
    private String boundaries() {
        Statements body = new Statements();
        body.add("positions = torch.arange(ids.size(1), device=ids.device)");
        source.writeEmbedding(body, parts);
        body.add("boundaries = [x]");
        for (int layer = 0; layer < layers(); layer++) {
            body.add("x = torch.detach(self.layer%d(torch.detach(x), w))", layer);
            body.add("boundaries.append(x)");
        }
        return body.add("return boundaries").method("boundaries(self, ids: Tensor, w: List[Tensor]) -> List[Tensor]");
    }

    /** Writes the forward pass: {@code boundaries}, and {@code x} [B, T, hidden], whose gradient will be asked for. */
    void writeForward(Statements body) {
        body.add("boundaries = self.boundaries(ids, w)");
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
            writeBackward(body, "self.layer" + layer + "(x, w)");
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

    private int layers() {
        return layout.layers().size();
    }
}
