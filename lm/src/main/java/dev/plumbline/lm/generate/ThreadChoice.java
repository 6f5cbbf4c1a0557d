package dev.plumbline.lm.generate;

/**
 * Whether a step is faster on one thread or on all. A small model's operators take less time than threads need to meet, and threads
 * that have to meet lose much when another process takes a core; so both are timed in the engine's own steps, by how many tokens these have,
 * and again from time to time.
 */
final class ThreadChoice {
    /** Steps of each kind before one is preferred; the least time counts, since the first ones are slow. */
    private static final int TRIALS = 4;

    /** After so many steps both are timed anew, as what else the machine does changes. */
    private static final int PERIOD = 512;

    /** Steps of 1, of 2 to 3, of 4 to 7 tokens, and so on. */
    private static final int SIZES = Integer.SIZE;

    private final int most;
    private final long[][] least = new long[SIZES][2];
    private final int[] steps = new int[SIZES];

    /** @param most all threads there are */
    ThreadChoice(int most) {
        this.most = most;
        for (long[] times : least) {
            forget(times);
        }
    }

    /** How many threads the next step of so many tokens, at least one, should use. */
    int threads(int tokens) {
        int size = size(tokens);
        if (most == 1) {
            return 1;
        }
        if (steps[size] % PERIOD < 2 * TRIALS) {
            return steps[size] % 2 == 0 ? most : 1;
        }
        return least[size][0] < least[size][1] ? 1 : most;
    }

    /** Takes how long a step took. */
    void took(int tokens, int threads, long nanoseconds) {
        int size = size(tokens);
        if (steps[size] % PERIOD == 0) {
            forget(least[size]);
        }
        if (steps[size] % PERIOD < 2 * TRIALS) {
            int kind = threads == 1 ? 0 : 1;
            least[size][kind] = Math.min(least[size][kind], nanoseconds);
        }
        steps[size]++;
    }

    private static void forget(long[] times) {
        times[0] = Long.MAX_VALUE;
        times[1] = Long.MAX_VALUE;
    }

    private static int size(int tokens) {
        return SIZES - 1 - Integer.numberOfLeadingZeros(tokens);
    }
}
