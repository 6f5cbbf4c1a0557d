package dev.plumbline.lm.generate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.torch.Torch;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.List;

/** How the next token of each row is drawn: the input of {@code choose.py}. Used again for each step. */
final class Draws {
    /** Uniform number, temperature, greedy, top-k, top-p, min-p. */
    private static final int NUMBERS = 6;

    /** What the rows of a step have in common, so that no more is computed than they need; the kernel's numbers. */
    private enum Kind {
        PLAIN(0),
        SAMPLED(1),
        MIXED(2),
        GREEDY(3);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    /** Rows that cut look at so many of the likeliest tokens first, which mostly hold their nucleus. */
    private static final int LEAST_WIDTH = 64;

    /** Above any probability that float64 sums to 1. */
    private static final double NO_TOP_P = 2;

    private final int vocabulary;
    private final NDArray memory;
    private final DoubleBuffer numbers;
    private final NDArray noTokens;
    private final NDArray noChanges;

    private final RowTokens changed = new RowTokens();
    private double[] changes = new double[LogitChanges.NUMBERS];
    private final RowTokens allowed = new RowTokens();
    private final RowTokens forbidden = new RowTokens();
    /** Rows that report alternatives, and how many. */
    private final RowTokens reporting = new RowTokens();

    private final List<RowTokens> tokens = List.of(changed, allowed, forbidden, reporting);

    private int[] alternatives = {};

    private int rows;
    private int filled;
    private int greedyRows;
    private boolean allPlain;
    private int width;
    private int mostAlternatives;

    /**
     * Takes native memory.
     *
     * @param owner of the memory
     * @param mostRows as many rows as there will ever be
     */
    Draws(NDManager owner, int mostRows, int vocabulary) {
        this.vocabulary = vocabulary;
        this.memory = owner.create(new Shape((long) NUMBERS * mostRows), DataType.FLOAT64, Device.cpu());
        this.numbers = Torch.memory(memory).asDoubleBuffer();
        this.noTokens = owner.create(new Shape(0, 2), DataType.INT64);
        this.noChanges = owner.create(new Shape(0, LogitChanges.NUMBERS), DataType.FLOAT64);
    }

    /** Forgets all rows, and makes room for so many. */
    void begin(int newRows) {
        rows = newRows;
        filled = 0;
        tokens.forEach(RowTokens::clear);
        alternatives = new int[newRows];
        greedyRows = 0;
        allPlain = true;
        width = 0;
        mostAlternatives = 0;
    }

    /** Adds the next row. */
    void add(Draw draw) {
        SamplingParameters sampling = draw.sampling();
        boolean greedy = sampling.greedy();
        boolean cuts = !greedy && sampling.truncates();
        int topK = cuts && sampling.topK() > 0 ? Math.min(sampling.topK(), vocabulary) : vocabulary;
        set(0, draw.uniform());
        set(1, greedy ? 1 : sampling.temperature());
        set(2, greedy ? 1 : 0);
        set(3, topK);
        set(4, cuts && sampling.topP() < 1 ? sampling.topP() : NO_TOP_P);
        set(5, cuts ? sampling.minP() : 0);
        if (cuts) {
            width = Math.max(width, Math.max(LEAST_WIDTH, topK < vocabulary ? topK : 0));
        }
        greedyRows += greedy ? 1 : 0;
        change(draw.changes());
        allowed.addAll(filled, sampling.preferences().allowed());
        for (int id : draw.forbidden()) {
            forbidden.add(filled, id);
        }
        alternatives[filled] = Math.min(draw.alternatives(), vocabulary);
        if (draw.alternatives() > 0) {
            reporting.add(filled, alternatives[filled]);
            mostAlternatives = Math.max(mostAlternatives, alternatives[filled]);
        }
        allPlain &= !greedy && !cuts && sampling.temperature() == 1 && asTheyAre();
        filled++;
    }

    /** Whether nothing is asked of the logits so far. */
    private boolean asTheyAre() {
        return changed.size() + allowed.size() + forbidden.size() == 0;
    }

    private void set(int number, double value) {
        numbers.put(number * rows + filled, value);
    }

    private void change(LogitChanges row) {
        int start = LogitChanges.NUMBERS * changed.size();
        int end = start + LogitChanges.NUMBERS * row.size();
        if (end > changes.length) {
            changes = Arrays.copyOf(changes, 2 * end);
        }
        row.copyNumbers(changes, start);
        for (int entry = 0; entry < row.size(); entry++) {
            changed.add(filled, row.id(entry));
        }
    }

    /** How many numbers the kernel returns. */
    int numbers() {
        return ChosenTokens.numbers(rows, mostAlternatives);
    }

    /** The first of the last two arguments of a kernel that chooses. Tensors beyond the lasting ones belong to the scope. */
    NDList choices(NDManager scope) {
        NDList choices = new NDList(memory, noTokens, noChanges);
        if (!asTheyAre() || reporting.size() > 0) {
            choices.set(1, RowTokens.tensor(scope, tokens));
        }
        int entries = changed.size();
        if (entries > 0) {
            double[] used = Arrays.copyOf(changes, LogitChanges.NUMBERS * entries);
            choices.set(2, scope.create(used, new Shape(entries, LogitChanges.NUMBERS)));
        }
        return choices;
    }

    /** The last argument. */
    long[] modes() {
        return new long[] {
            kind().number, width, mostAlternatives, changed.size(), allowed.size(), forbidden.size(), reporting.size()
        };
    }

    private Kind kind() {
        if (allPlain) {
            return Kind.PLAIN;
        }
        if (greedyRows == 0) {
            return Kind.SAMPLED;
        }
        return greedyRows == rows ? Kind.GREEDY : Kind.MIXED;
    }

    /** What the kernel returned for these rows. */
    ChosenTokens chosen(double[] result) {
        return ChosenTokens.read(result, alternatives);
    }
}
