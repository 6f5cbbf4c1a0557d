package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.Parameters;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The methods of a model that is evaluated and taught.
 *
 * <ul>
 *   <li>{@code evaluate(}batch{@code , w)}: the outputs.
 *   <li>{@code forward(}batch{@code , w)}: the hidden states of the rows, recorded, then the outputs, then the layers' inputs
 *       if the layers are to be computed again.
 *   <li>{@code backward(outputs, derivatives, }batch{@code , w, gradients)}: from what {@code forward} returned and the
 *       derivatives of its outputs to gradients, which are added up.
 * </ul>
 *
 * <p>A batch is {@code ids, positions, roots, lengths, branches, root_of, back, rows, targets, temperature}, as in {@link
 * PackedBatch}. With dropout {@code keys} [1, tokens, 1] follow {@code w} in the two that learn.
 */
final class DecoderMethods {
    /** Fewer rows leave a product waiting for the head's weights instead of computing. */
    private static final long LEAST_CHUNK_ROWS = 256;

    /** Elements of a chunk of logits that stay in the processor's caches. */
    private static final long CHUNK_ELEMENTS = 1 << 21;

    /** While a chunk's derivative is computed, its log-softmax, its derivative and one intermediate are in memory. */
    private static final long TENSORS_PER_CHUNK = 3;

    private static final String PACKING = "ids: Tensor, positions: Tensor, roots: Tensor, lengths: Tensor,"
            + " branches: Tensor, root_of: Tensor, back: Tensor, rows: Tensor";

    private static final String BATCH = PACKING + ", targets: Tensor, temperature: Tensor, w: List[Tensor]";

    private static final String PLACES = "(ids, positions, roots, lengths, branches, root_of, back, rows, w";

    private static final String TRUNK = "self.trunk" + PLACES + ")";

    private final Parameters parameters;
    private final DecoderLayout layout;
    private final ListedWeights listed;
    private final ListedWeights learning;
    private final Optional<Dropout> dropout;
    private final Optional<RecomputedLayers> recomputed;
    private final long chunkRows;
    private final long keptChunks;

    /** @param logitsBytes bounds the memory for logits, as far as one row at a time allows */
    DecoderMethods(Parameters parameters, GradientForm gradients, long logitsBytes) {
        this.parameters = parameters;
        this.layout = parameters.layout();
        this.dropout = Dropout.of(gradients.dropout(), layout.config().hiddenSize());
        this.listed = new ListedWeights(parameters, gradients.bfloat16(), Optional.empty());
        this.learning = new ListedWeights(parameters, gradients.bfloat16(), dropout);
        this.recomputed = gradients.recomputing()
                ? Optional.of(new RecomputedLayers(parameters, learning, dropout.isPresent()))
                : Optional.empty();
        long vocabulary = layout.config().vocabularySize();
        long rowsInMemory = logitsBytes / (Float.BYTES * vocabulary);
        long wanted = Math.max(LEAST_CHUNK_ROWS, CHUNK_ELEMENTS / vocabulary);
        this.chunkRows = Math.max(1, Math.min(wanted, rowsInMemory / (TENSORS_PER_CHUNK + 1)));
        this.keptChunks = Math.max(0, rowsInMemory - TENSORS_PER_CHUNK * chunkRows) / chunkRows;
    }

    String source() {
        return DecoderSource.blocks()
                + DecoderSource.resource("heads.py")
                + DecoderSource.resource("packed.py")
                + trunk("trunk", "", listed)
                + dropout.map(present -> Dropout.methods() + trunk("learning_trunk", keys(), learning))
                        .orElse("")
                + recomputed.map(RecomputedLayers::methods).orElse("")
                + (layout.config().head() == HeadKind.CAUSAL ? causal() : score());
    }

    /** @param keys whatever follows the weights */
    private String trunk(String name, String keys, ListedWeights parts) {
        DecoderSource source = new DecoderSource(layout);
        Statements body = new Statements();
        parts.writeMasks(body);
        source.writeLayers(body, parts);
        writeHidden(body);
        return body.add("return hidden")
                .method(name + "(self, " + PACKING + ", w: List[Tensor]" + keys + ") -> Tensor");
    }

    /** What methods that learn take beside the others. */
    private String keys() {
        return dropout.isPresent() ? ", keys: Tensor" : "";
    }

    /** Writes {@code hidden} [rows, hidden] from the last layer's {@code x} [1, rows, hidden]. */
    private void writeHidden(Statements body) {
        body.add("hidden = %s", new DecoderSource(layout).finalNorm(listed, "torch.squeeze(x, 0)"));
    }

    /** The rows' hidden states, recorded, and what their gradients will be computed from. */
    private Statements recordedTrunk() {
        Statements body = new Statements();
        if (recomputed.isEmpty()) {
            return body.add("hidden = %s", dropout.isPresent() ? "self.learning_trunk" + PLACES + ", keys)" : TRUNK)
                    .add("boundaries = annotate(List[Tensor], [])");
        }
        recomputed.get().writeForward(body);
        writeHidden(body);
        return body;
    }

    private String causal() {
        int head = layout.index(layout.head());
        String weight = listed.factor("torch.detach(w[" + head + "])");
        String outputs = "self.causal_outputs(%s, " + weight + ", targets, temperature, %d, %d)";
        return evaluate(new Statements().add("return " + outputs, TRUNK, chunkRows, 0))
                + forward(recordedTrunk().add("outputs = " + outputs, "torch.detach(hidden)", chunkRows, keptChunks))
                + backward(outputsOfForward()
                        .add(
                                "d_hidden = self.causal_derivatives(outputs, derivatives, %s, %s, targets,"
                                        + " temperature, %d)",
                                weight, headGradient(), chunkRows));
    }

    /** A list of the head's gradient, or of nothing if the head is frozen. */
    private String headGradient() {
        OptionalInt learned = parameters.learnedIndex(layout.head());
        return learned.isPresent() ? "[gradients[" + learned.getAsInt() + "]]" : "annotate(List[Tensor], [])";
    }

    private String score() {
        int head = layout.index(layout.head());
        String vector = "torch.detach(w[" + head + "]).view([-1])";
        return evaluate(new Statements().add("return [torch.mv(%s, %s)]", TRUNK, vector))
                + forward(recordedTrunk().add("outputs = [torch.mv(torch.detach(hidden), %s)]", vector))
                + backward(outputsOfForward()
                        .add("for gradient in %s:", headGradient())
                        .add("  gradient.view([-1]).addmv_(torch.t(torch.detach(outputs[0])), derivatives[0])")
                        .add("d_hidden = torch.outer(derivatives[0], %s)", vector));
    }

    private static String evaluate(Statements body) {
        return body.method("evaluate(self, " + BATCH + ") -> List[Tensor]");
    }

    private String forward(Statements body) {
        return body.add("return [hidden] + outputs + boundaries")
                .method("forward(self, " + BATCH + keys() + ") -> List[Tensor]");
    }

    private Statements outputsOfForward() {
        Statements body = new Statements();
        recomputed.ifPresent(layers -> layers.writeSplit(body));
        return body;
    }

    private String backward(Statements body) {
        body.add("torch.autograd.backward([outputs[0]], annotate(List[Optional[Tensor]], [d_hidden]))");
        recomputed.ifPresent(layers -> layers.writeBackward(body));
        return body.add("return d_hidden")
                .method("backward(self, outputs: List[Tensor], derivatives: List[Tensor], " + BATCH + keys()
                        + ", gradients: List[Tensor]) -> Tensor");
    }
}
