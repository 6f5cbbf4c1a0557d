package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.Kernels;
import java.util.function.LongSupplier;

/**
 * Finds out in which numbers keys and values are attended to the faster. Of bfloat16 half as many bytes are read, but not every
 * processor multiplies it itself.
 */
final class CacheTiming {
    private static final int ROUNDS = 5;

    /** More than stays in the caches of a processor, of the narrower form. */
    private static final long MOST_BYTES_TIMED = 48L << 20;

    private final NDManager owner;
    private final Kernels kernels;
    private final ModelConfig config;
    private final LongSupplier nanoseconds;

    CacheTiming(NDManager owner, Kernels kernels, ModelConfig config, LongSupplier nanoseconds) {
        this.owner = owner;
        this.kernels = kernels;
        this.config = config;
        this.nanoseconds = nanoseconds;
    }

    /**
     * FLOAT32 or BFLOAT16.
     *
     * @param slots sequences that run side by side
     * @param positions of each
     */
    Precision faster(int slots, int positions) {
        AttentionShape attention = config.attention();
        long side = (long) slots * attention.keyValueHeads() * positions;
        long layerBytes = 2L * side * attention.headDim() * Precision.BFLOAT16.bytes();
        int layers = (int) Math.max(1, Math.min(config.layers(), MOST_BYTES_TIMED / layerBytes));
        long[] reads = {0, side, positions, slots, positions};
        try (NDManager scope = owner.newSubManager()) {
            Shape shape = new Shape(2L * layers * side, attention.headDim());
            NDArray full = CacheMemory.vectors(scope, kernels, Precision.FLOAT32, shape);
            NDArray half = CacheMemory.vectors(scope, kernels, Precision.BFLOAT16, shape);
            kernels.infer(scope, "clear", Argument.of(full));
            kernels.infer(scope, "clear", Argument.of(half));
            long best = Long.MAX_VALUE;
            long bestHalved = Long.MAX_VALUE;
            // By turns, and the best of some rounds: other processes come and go.
            for (int round = 0; round < ROUNDS; round++) {
                best = Math.min(best, time(scope, full, layers, slots, reads));
                bestHalved = Math.min(bestHalved, time(scope, half, layers, slots, reads));
            }
            return bestHalved < best ? Precision.BFLOAT16 : Precision.FLOAT32;
        }
    }

    private long time(NDManager scope, NDArray arena, int layers, int slots, long[] reads) {
        long start = nanoseconds.getAsLong();
        try (NDManager inner = scope.newSubManager()) {
            // Reading a number waits for a device that computes by itself.
            kernels.infer(
                            inner,
                            "all_attention",
                            Argument.of(arena),
                            Argument.of(layers),
                            Argument.of(slots),
                            Argument.of(reads))
                    .singletonOrThrow()
                    .sum()
                    .getFloat();
        }
        return nanoseconds.getAsLong() - start;
    }
}
