package dev.plumbline.lm.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;

/**
 * Finds out by timing whether this machine learns faster in bfloat16, as {@link GradientForm} has it. Processors differ by
 * a factor of ten in what they make of it.
 */
public final class PrecisionTiming {
    private static final int TOKENS = 512;
    private static final int REPETITIONS = 5;

    /** Sums, so that reading a result waits for the product. */
    private static final String METHODS = new Statements()
                    .add("return torch.sum(torch.linear(x, w))")
                    .method("float32(self, x: Tensor, w: Tensor) -> Tensor")
            + new Statements()
                    .add("return torch.to(torch.sum(torch.linear(torch.to(x, 15), torch.to(w, 15))), 6)")
                    .method("bfloat16(self, x: Tensor, w: Tensor) -> Tensor");

    private PrecisionTiming() {}

    /** Whether the widest product of a layer, copies in bfloat16 included, takes less time in bfloat16. */
    public static boolean bfloat16Wins(ModelConfig config, ComputeSettings settings) {
        Torch.use(settings);
        try (NDManager owner = Torch.newManager(settings)) {
            Kernels kernels = Kernels.load(owner, METHODS);
            NDArray tokens = owner.ones(new Shape(TOKENS, config.hiddenSize()));
            NDArray weight = owner.ones(new Shape(config.dimensions().intermediate(), config.hiddenSize()));
            return best(owner, kernels, "bfloat16", tokens, weight) < best(owner, kernels, "float32", tokens, weight);
        }
    }

    /** Nanoseconds. */
    private static long best(NDManager owner, Kernels kernels, String method, NDArray tokens, NDArray weight) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i <= REPETITIONS; i++) {
            long start = System.nanoTime();
            try (NDManager scope = owner.newSubManager()) {
                kernels.infer(scope, method, Argument.of(tokens), Argument.of(weight))
                        .get(0)
                        .getFloat();
            }
            // The first call prepares what the later ones find ready.
            best = i == 0 ? best : Math.min(best, System.nanoTime() - start);
        }
        return best;
    }
}
