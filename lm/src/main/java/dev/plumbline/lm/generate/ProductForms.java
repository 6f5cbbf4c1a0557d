package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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
 * ones, by a factor of two either way. As in a step, a weight is out of the caches when it is used again unless the model is
 * small: timing the same one again and again prefers the form that is slower in use.
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

    private static final int ROUNDS = 3;

    /** More than stays in the caches that a processor shares with few others. */
    private static final long MOST_BYTES_TIMED = 48L << 20;

    /** Enough multiplications per round to outlast the clock's resolution. */
    private static final double FLOPS_PER_ROUND = 4e7;

    private record MapShape(long inputs, long outputs, boolean bias) {}

    private final Kernels kernels;
    private final Choice choice;
    private final int slots;
    private final long modelBytes;
    private final LongSupplier nanoseconds;
    private final Map<MapShape, Boolean> packed = new HashMap<>();

    /**
     * @param slots the most rows of a decode step
     * @param modelBytes of all weights, through which a step goes before it uses one again
     * @param nanoseconds a clock
     */
    ProductForms(Kernels kernels, Choice choice, int slots, long modelBytes, LongSupplier nanoseconds) {
        this.kernels = kernels;
        this.choice = choice;
        this.slots = slots;
        this.modelBytes = modelBytes;
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
        double relative = 0;
        int[] rowCounts = {1, Math.min(8, slots), slots};
        try (NDManager inner = scope.newSubManager()) {
            NDList plain = new NDList();
            NDList packs = new NDList();
            long bytes = weight.size() * Float.BYTES;
            for (long held = 0; held < Math.max(1, Math.min(modelBytes, MOST_BYTES_TIMED)); held += bytes) {
                plain.add(copy(inner, weight));
                packs.add(pack(inner, weight));
            }
            for (int rows : rowCounts) {
                NDArray x = inner.ones(new Shape(rows, weight.size(0)));
                double flops = 2.0 * rows * weight.size();
                int times = (int) Math.max(plain.size(), FLOPS_PER_ROUND / flops);
                double plainTime = Double.POSITIVE_INFINITY;
                double packedTime = Double.POSITIVE_INFINITY;
                // By turns, and the best of some rounds: other processes come and go.
                for (int round = 0; round < ROUNDS; round++) {
                    plainTime = Math.min(plainTime, time(inner, x, plain, bias, times));
                    packedTime = Math.min(packedTime, time(inner, x, packs, bias, times));
                }
                relative += packedTime / plainTime;
            }
        }
        return relative < rowCounts.length;
    }

    private double time(NDManager scope, NDArray x, NDList weights, NDArray bias, int times) {
        long start = nanoseconds.getAsLong();
        call(scope, "repeat_product", Argument.of(x), Argument.of(weights), Argument.of(bias), Argument.of(times))
                .close();
        return nanoseconds.getAsLong() - start;
    }

    private static NDArray copy(NDManager scope, NDArray weight) {
        NDArray copy = weight.duplicate();
        copy.attach(scope);
        return copy;
    }

    private NDArray call(NDManager scope, String method, Argument... arguments) {
        return kernels.infer(scope, method, arguments).singletonOrThrow();
    }
}
