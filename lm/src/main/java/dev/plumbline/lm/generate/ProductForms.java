package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.Kernels;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Decides for each shape of weight, by timing it on this machine, whether products are faster with the weight as it is or
 * packed by oneDNN, which spares them from re-arranging it at every call. Packing wins on wide maps and loses on small
 * ones, by a factor of two either way.
 */
final class ProductForms {
    /** How the form of a weight is decided. Only processors have packed products. */
    enum Choice {
        MEASURED,
        AS_IS,
        PACKED
    }

    /** Maps with fewer elements take less time than oneDNN's dispatch. */
    private static final long SMALLEST_PACKED = 1 << 16;

    private static final int ROUNDS = 5;

    /** Enough multiplications per round to outlast the clock's resolution. */
    private static final double FLOPS_PER_ROUND = 4e7;

    private record MapShape(long inputs, long outputs, boolean bias) {}

    private final Kernels kernels;
    private final Choice choice;
    private final int slots;
    private final LongSupplier nanoseconds;
    private final Map<MapShape, Boolean> packed = new HashMap<>();

    /**
     * @param slots the most rows of a decode step
     * @param nanoseconds a clock
     */
    ProductForms(Kernels kernels, Choice choice, int slots, LongSupplier nanoseconds) {
        this.kernels = kernels;
        this.choice = choice;
        this.slots = slots;
        this.nanoseconds = nanoseconds;
    }

    /**
     * The weight in its faster form.
     *
     * @param weight [inputs, outputs]
     * @param bias [outputs], or empty
     */
    NDArray faster(NDManager scope, NDArray weight, NDArray bias) {
        return switch (choice) {
            case AS_IS -> weight;
            case PACKED -> pack(scope, weight);
            case MEASURED -> weight.size() < SMALLEST_PACKED ? weight : measured(scope, weight, bias);
        };
    }

    private NDArray measured(NDManager scope, NDArray weight, NDArray bias) {
        MapShape shape = new MapShape(weight.size(0), weight.size(1), bias.size() > 0);
        boolean wins = packed.computeIfAbsent(shape, key -> packedWins(scope, weight, bias));
        return wins ? pack(scope, weight) : weight;
    }

    private NDArray pack(NDManager scope, NDArray weight) {
        return call(scope, "pack", Argument.of(weight), Argument.of(slots));
    }

    /** Compares the sums, over few and many rows, of the time relative to the weight as it is. */
    private boolean packedWins(NDManager scope, NDArray weight, NDArray bias) {
        NDArray candidate = pack(scope, weight);
        double relative = 0;
        int[] rowCounts = {1, Math.min(8, slots), slots};
        for (int rows : rowCounts) {
            try (NDManager inner = scope.newSubManager()) {
                NDArray x = inner.ones(new Shape(rows, weight.size(0)));
                int times = (int) Math.max(1, FLOPS_PER_ROUND / (2.0 * rows * weight.size()));
                double plainTime = Double.POSITIVE_INFINITY;
                double packedTime = Double.POSITIVE_INFINITY;
                // By turns, and the best of some rounds: other processes come and go.
                for (int round = 0; round < ROUNDS; round++) {
                    plainTime = Math.min(plainTime, time(inner, x, weight, bias, times));
                    packedTime = Math.min(packedTime, time(inner, x, candidate, bias, times));
                }
                relative += packedTime / plainTime;
            }
        }
        return relative < rowCounts.length;
    }

    private double time(NDManager scope, NDArray x, NDArray weight, NDArray bias, int times) {
        long start = nanoseconds.getAsLong();
        call(scope, "repeat_product", Argument.of(x), Argument.of(weight), Argument.of(bias), Argument.of(times))
                .close();
        return nanoseconds.getAsLong() - start;
    }

    private NDArray call(NDManager scope, String method, Argument... arguments) {
        return kernels.infer(scope, method, arguments).singletonOrThrow();
    }
}
