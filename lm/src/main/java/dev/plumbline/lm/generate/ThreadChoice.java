package dev.plumbline.lm.generate;

/**
 * Whether a step is done on one thread or on all. A small model's operators take less time than threads need to meet, and
 * threads that have to meet lose much when another process takes a core; so both are timed in the engine's own steps, by how
 * many tokens these have. What is not in use is believed to become faster little by little, until it is tried again: after
 * few steps if it was close, after many if it was far behind.
 */
final class ThreadChoice {
    /** A thread that gains less than this is left to those who hand the answers over. */
    private static final double LEAST_GAIN = 1.1;

    private static final double BELIEF = 0.999;

    /** Steps of 1, of 2 to 3, of 4 to 7 tokens, and so on. */
    private static final int SIZES = Integer.SIZE;

    private final int most;
    private final UsualTime[] onOne = new UsualTime[SIZES];
    private final UsualTime[] onAll = new UsualTime[SIZES];

    /** @param most all threads there are */
    ThreadChoice(int most) {
        this.most = most;
        for (int size = 0; size < SIZES; size++) {
            onOne[size] = new UsualTime();
            onAll[size] = new UsualTime();
        }
    }

    /** How many threads the next step of so many tokens, at least one, should use. */
    int threads(int tokens) {
        UsualTime one = onOne[size(tokens)];
        UsualTime all = onAll[size(tokens)];
        if (most == 1) {
            return 1;
        }
        if (!one.known() || !all.known()) {
            return one.count() < all.count() ? 1 : most;
        }
        return one.median() < LEAST_GAIN * all.median() ? 1 : most;
    }

    /** Takes how long a step took. */
    void took(int tokens, int threads, long nanoseconds) {
        UsualTime one = onOne[size(tokens)];
        UsualTime all = onAll[size(tokens)];
        UsualTime used = threads == 1 ? one : all;
        used.add((double) nanoseconds);
        (threads == 1 ? all : one).scale(BELIEF);
    }

    private static int size(int tokens) {
        return SIZES - 1 - Integer.numberOfLeadingZeros(tokens);
    }
}
