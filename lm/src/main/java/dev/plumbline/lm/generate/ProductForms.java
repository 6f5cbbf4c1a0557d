package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
        BY_SIZE,
        AS_IS,
        PACKED,
        BFLOAT16,
        PACKED_BFLOAT16
    }

    /** Maps with fewer elements take less time than oneDNN's dispatch. */
    private static final long SMALLEST_PACKED = 1 << 16;

    private static final int ROUNDS = 3;

    /** More than stays in the caches that a processor shares with few others. */
    private static final long MOST_BYTES_TIMED = 48L << 20;

    /** Enough multiplications per round to outlast the clock's resolution. */
    private static final double FLOPS_PER_ROUND = 4e7;

    /**
     * What is timed.
     *
     * @param forms between which to choose
     */
    record Question(long inputs, long outputs, boolean bias, List<Form> forms) {}

    private final Kernels kernels;
    private final Choice choice;
    private final int rows;
    private final long modelBytes;
    private final LongSupplier nanoseconds;
    private final Map<Question, Form> answers;

    /**
     * @param rows the most of a decode step
     * @param modelBytes of all weights, through which a step goes before it uses one again
     * @param answers what has been timed, which grows
     * @param nanoseconds a clock
     */
    ProductForms(
            Kernels kernels,
            Choice choice,
            int rows,
            long modelBytes,
            Map<Question, Form> answers,
            LongSupplier nanoseconds) {
        this.kernels = kernels;
        this.choice = choice;
        this.rows = rows;
        this.modelBytes = modelBytes;
        this.answers = answers;
        this.nanoseconds = nanoseconds;
    }

    /** How a weight lies in memory. */
    enum Form {
        PLAIN,
        PACKED,
        /** Packed as well on processors for which oneDNN can. */
        PACKED_BFLOAT16
    }

    /** Whether products with a weight of this shape, which stands for the model's others, are faster in bfloat16. */
    boolean bfloat16Wins(NDManager scope, long inputs, long outputs) {
        try (NDManager inner = scope.newSubManager()) {
            NDArray weight = inner.randomNormal(new Shape(inputs, outputs));
            NDArray none = inner.create(new Shape(0));
            return answer(inner, weight, none, List.of(Form.values())) == Form.PACKED_BFLOAT16;
        }
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
            case PACKED -> formed(scope, weight, Form.PACKED);
            case BY_SIZE -> weight.size() < SMALLEST_PACKED ? weight : formed(scope, weight, Form.PACKED);
            case MEASURED -> weight.size() < SMALLEST_PACKED ? weight : measured(scope, weight, bias);
            case BFLOAT16 -> call(scope, "halved", Argument.of(weight));
            case PACKED_BFLOAT16 -> formed(scope, weight, Form.PACKED_BFLOAT16);
        };
    }

    private NDArray measured(NDManager scope, NDArray weight, NDArray bias) {
        Form form = answer(scope, weight, bias, List.of(Form.PLAIN, Form.PACKED));
        return form == Form.PLAIN ? weight : formed(scope, weight, form);
    }

    private Form answer(NDManager scope, NDArray weight, NDArray bias, List<Form> forms) {
        Question question = new Question(weight.size(0), weight.size(1), bias.size() > 0, forms);
        return answers.computeIfAbsent(question, asked -> fastest(scope, weight, bias, forms));
    }

    private NDArray formed(NDManager scope, NDArray weight, Form form) {
        return switch (form) {
            case PLAIN -> call(scope, "copied", Argument.of(weight));
            case PACKED -> call(scope, "pack", Argument.of(weight), Argument.of(rows));
            case PACKED_BFLOAT16 -> {
                NDArray half = call(scope, "halved", Argument.of(weight));
                if (!packsHalved(scope)) {
                    yield call(scope, "laid_out", Argument.of(half));
                }
                try (half) {
                    yield call(scope, "pack", Argument.of(half), Argument.of(rows));
                }
            }
        };
    }

    private boolean packsHalved(NDManager scope) {
        try (NDArray answer = call(scope, "packs_halved")) {
            return answer.getLong() != 0;
        }
    }

    /** The form with the least sum, over few and many rows, of the time relative to that of the weight as it is. */
    private Form fastest(NDManager scope, NDArray weight, NDArray bias, List<Form> forms) {
        double[] relative = new double[forms.size()];
        try (NDManager inner = scope.newSubManager()) {
            List<NDList> weights = new ArrayList<>();
            forms.forEach(form -> weights.add(copies(inner, weight, form)));
            for (int few : new int[] {1, Math.min(8, rows), rows}) {
                NDArray x = inner.ones(new Shape(few, weight.size(0)));
                int times = (int) Math.max(weights.get(0).size(), FLOPS_PER_ROUND / (2.0 * few * weight.size()));
                double[] best = new double[forms.size()];
                Arrays.fill(best, Double.POSITIVE_INFINITY);
                // By turns, and the best of some rounds: other processes come and go.
                for (int round = 0; round < ROUNDS; round++) {
                    for (int form = 0; form < best.length; form++) {
                        best[form] = Math.min(best[form], time(inner, x, weights.get(form), bias, times));
                    }
                }
                for (int form = 0; form < best.length; form++) {
                    relative[form] += best[form] / best[0];
                }
            }
        }
        int fastest = 0;
        for (int form = 1; form < relative.length; form++) {
            fastest = relative[form] < relative[fastest] ? form : fastest;
        }
        return forms.get(fastest);
    }

    private NDList copies(NDManager scope, NDArray weight, Form form) {
        NDList copies = new NDList();
        long bytes = weight.size() * Float.BYTES;
        for (long held = 0; held < Math.max(1, Math.min(modelBytes, MOST_BYTES_TIMED)); held += bytes) {
            copies.add(formed(scope, weight, form));
        }
        return copies;
    }

    private double time(NDManager scope, NDArray x, NDList weights, NDArray bias, int times) {
        long start = nanoseconds.getAsLong();
        call(scope, "repeat_product", Argument.of(x), Argument.of(weights), Argument.of(bias), Argument.of(times))
                .close();
        return nanoseconds.getAsLong() - start;
    }

    private NDArray call(NDManager scope, String method, Argument... arguments) {
        return kernels.infer(scope, method, arguments).singletonOrThrow();
    }
}
