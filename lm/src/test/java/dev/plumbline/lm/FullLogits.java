package dev.plumbline.lm;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.LinearMap;
import dev.plumbline.lm.architecture.Parameters;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.decoder.DecoderParts;
import dev.plumbline.lm.decoder.DecoderSource;
import dev.plumbline.lm.decoder.ListedWeights;
import dev.plumbline.lm.decoder.NativeWeights;
import dev.plumbline.lm.decoder.Statements;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.nio.file.Path;
import java.util.List;

/** The head at every position of one sequence, with positions that need not start at 0. */
public final class FullLogits implements AutoCloseable {
    private final NDManager owner;
    private final NDList weights;
    private final Kernels kernels;

    public FullLogits(Path directory, ComputeSettings settings) {
        Torch.use(settings);
        Checkpoint checkpoint = Checkpoint.open(directory);
        DecoderLayout layout = new DecoderLayout(checkpoint.config());
        DecoderSource source = new DecoderSource(layout);
        WholeSequence parts = new WholeSequence(layout, new ListedWeights(Parameters.full(layout)));
        Statements body = new Statements();
        source.writeLayers(body, parts);
        body.add("return torch.linear(%s, %s, None)", source.finalNorm(parts, "x"), parts.tensor(layout.head()));
        owner = Torch.newManager(settings);
        weights = NativeWeights.load(owner, layout.tensors(), checkpoint);
        kernels = Kernels.load(
                owner,
                DecoderSource.blocks()
                        + body.method("logits(self, ids: Tensor, positions: Tensor, w: List[Tensor]) -> Tensor"));
    }

    /** Attention over one sequence that is all there is. */
    private record WholeSequence(DecoderLayout layout, ListedWeights listed) implements DecoderParts {
        @Override
        public String tensor(String name) {
            return listed.tensor(name);
        }

        @Override
        public void project(Statements body, List<LinearMap> maps, String input, List<String> outputs) {
            listed.project(body, maps, input, outputs);
        }

        @Override
        public String attention(int layer, String query, String key, String value) {
            AttentionShape shape = layout.config().attention();
            int times = shape.heads() / shape.keyValueHeads();
            int window = layout.layers().get(layer).window();
            return "self.attend(" + query + ", self.repeat_heads(" + key + ", " + times + "), self.repeat_heads("
                    + value + ", " + times + "), " + window + ")";
        }

        @Override
        public void keepWanted(Statements body, List<String> variables) {
            // All are.
        }
    }

    /** Position by position, each with all outputs of the head. */
    public float[] of(int[] ids, int firstPosition) {
        long[] tokens = new long[ids.length];
        long[] positions = new long[ids.length];
        for (int t = 0; t < ids.length; t++) {
            tokens[t] = ids[t];
            positions[t] = (long) firstPosition + t;
        }
        try (NDManager scope = owner.newSubManager()) {
            return kernels.infer(
                            scope,
                            "logits",
                            Argument.of(scope.create(tokens, new Shape(1, tokens.length))),
                            Argument.of(scope.create(positions)),
                            Argument.of(weights))
                    .get(0)
                    .toFloatArray();
        }
    }

    @Override
    public void close() {
        owner.close();
    }
}
