package dev.plumbline.lm.generate;

import dev.plumbline.lm.generate.CacheLayout.Level;
import java.util.List;
import java.util.stream.IntStream;

/**
 * In which shapes a step is computed. Libraries choose a kernel by the shape of a computation, and kernels add up in different
 * orders.
 */
enum StepShapes {
    /** As the step's tokens need them, which is fastest. What else is in a step changes the last bits of its results. */
    FITTED("") {
        @Override
        List<Integer> widths(Level level, int used) {
            int rounded = (used + WIDTH_STEP - 1) / WIDTH_STEP * WIDTH_STEP;
            // Half of a level without gaps takes as long as all of it.
            return List.of(2 * used >= level.length() ? level.length() : Math.min(level.length(), rounded));
        }

        @Override
        int seen(int positions, int capacity) {
            return positions;
        }

        @Override
        int capacity(int most) {
            return most;
        }

        @Override
        int rows(int slots) {
            return slots;
        }

        @Override
        ProductForms.Choice forms(ProductForms.Choice wanted) {
            return wanted;
        }
    },

    /**
     * The same for every step, with zeros where there is nothing: products in blocks of rows, attention in blocks of
     * positions, each choice of a token apart. What comes after a sequence adds exact zeros to its sums.
     */
    FIXED("fixed/") {
        @Override
        List<Integer> widths(Level level, int used) {
            return IntStream.iterate(0, at -> at < used, at -> at + BLOCK)
                    .mapToObj(at -> Math.min(BLOCK, level.length() - at))
                    .toList();
        }

        @Override
        int seen(int positions, int capacity) {
            return Math.min(capacity, (positions + BLOCK - 1) / BLOCK * BLOCK);
        }

        @Override
        int capacity(int most) {
            return most / LENGTH_STEP * LENGTH_STEP;
        }

        @Override
        int rows(int slots) {
            return PRODUCT_ROWS;
        }

        @Override
        ProductForms.Choice forms(ProductForms.Choice wanted) {
            return ProductForms.Choice.BY_SIZE;
        }
    };

    /** Widths that are read of a level are multiples of this, so that few different shapes occur. */
    private static final int WIDTH_STEP = 16;

    /** Positions that are attended to together. Levels are whole numbers of such blocks, but for the last one. */
    static final int BLOCK = CacheLayout.FIRST;

    /**
     * A sequence may have a multiple of this many positions: the last block is then a whole number of vector registers and
     * cache lines.
     */
    static final int LENGTH_STEP = 32;

    /** Rows of a block of a product, see {@code fixed/product.py}. */
    private static final int PRODUCT_ROWS = 8;

    private final String folder;

    StepShapes(String folder) {
        this.folder = folder;
    }

    static StepShapes of(EngineSettings settings) {
        return settings.deterministic() ? FIXED : FITTED;
    }

    /** Where the kernels are whose shapes differ. */
    String folder() {
        return folder;
    }

    /** The pieces in which the first positions of a level are read. */
    abstract List<Integer> widths(Level level, int used);

    /** Positions over which the attention of a prompt's tokens goes that reach so far. */
    abstract int seen(int positions, int capacity);

    /** How many positions a sequence gets of as many as it could have. */
    abstract int capacity(int most);

    /** The most rows of a product while decoding. */
    abstract int rows(int slots);

    /** How the forms of weights are decided. */
    abstract ProductForms.Choice forms(ProductForms.Choice wanted);
}
