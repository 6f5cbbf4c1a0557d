package dev.plumbline.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.util.Locale;

/**
 * What this machine makes of one large matrix product in float32: the measure that a model's products are held against.
 *
 * @param flops multiplications and additions per second
 */
record ProductRate(double flops) {
    private static final int SIZE = 1024;
    private static final int REPETITIONS = 30;
    private static final String METHODS = """
              def product(self, x: Tensor, w: Tensor) -> Tensor:
                return torch.mm(x, w)
            """;

    /** The best of some repetitions. */
    static ProductRate measure(int threads) {
        ComputeSettings settings = ComputeSettings.cpu(threads);
        Torch.use(settings);
        try (NDManager owner = Torch.newManager(settings);
                Kernels kernels = Kernels.load(owner, METHODS)) {
            NDArray x = owner.randomNormal(new Shape(SIZE, SIZE));
            NDArray w = owner.randomNormal(new Shape(SIZE, SIZE));
            Timing timing = Timing.of(REPETITIONS, () -> {
                try (NDManager scope = owner.newSubManager()) {
                    kernels.infer(scope, "product", Argument.of(x), Argument.of(w));
                }
            });
            return new ProductRate(2.0 * SIZE * SIZE * SIZE / timing.best());
        }
    }

    /** How close so many operations in so many seconds come to it. */
    String share(double operations, double seconds) {
        return Math.round(100 * operations / seconds / flops) + " %";
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.0f GFLOP/s", flops / 1e9);
    }
}
