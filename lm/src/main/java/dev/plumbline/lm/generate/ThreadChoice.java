package dev.plumbline.lm.generate;

import java.util.stream.IntStream;

/**
 * Whether a step is done on one thread or on all. A small model's operators take less time than threads need to meet, and
 * threads that have to meet lose much when another process takes a core; so both are timed in the engine's own steps, by how
 * many tokens these have. What is not in use is believed to become faster little by little, until it is tried again: after
 * few steps if it was close, after many if it was far behind.
 */
final class ThreadChoice {
    /** A thread that gains less than this is left to those who hand the answers over. */
    private static final double LEAST_GAIN = 1.1;

    private static final double BELIEF = 0.997;

    /** Steps of 1, of 2 to 3, of 4 to 7 tokens, and so on. */
    private static final int SIZES = Integer.SIZE;

    private final int most;
    private final UsualTime[] onOne = new UsualTime[SIZES];
    private final UsualTime[] onAll = new UsualTime[SIZES];

    /** Threads of the last step of each size. */
    private final int[] last = new int[SIZES];

    /** @param most all threads there are */
    ThreadChoice(int most) {
        this.most = most;
        for (int size = 0; size < SIZES; size++) {
            onOne[size] = new UsualTime();
            onAll[size] = new UsualTime();
        }
    }

    /** How many threads the next step of so many tokens, at least one, should use. */
    synchronized int threads(int tokens) {
        if (most == 1) {
            return 1;
        }
        int size = size(tokens);
        if (isTried(size)) {
            return gains(size) ? most : 1;
        }
        // What gains by threads when it is small does so all the more when it is large.
        boolean smallerGains = IntStream.range(0, size).anyMatch(each -> isTried(each) && gains(each));
        return smallerGains || onAll[size].count() <= onOne[size].count() ? most : 1;
    }

    private boolean isTried(int size) {
        return onOne[size].known() && onAll[size].known();
    }

    private boolean gains(int size) {
        return onOne[size].median() >= LEAST_GAIN * onAll[size].median();
    }

    /** Takes how long a step took. */
    synchronized void took(int tokens, int threads, long nanoseconds) {
        int size = size(tokens);
        UsualTime used = threads == 1 ? onOne[size] : onAll[size];
        UsualTime other = threads == 1 ? onAll[size] : onOne[size];
        if (isTried(size) && last[size] != threads && !wins(threads, nanoseconds, other.median())) {
            // One step has shown that it is too early: what was remembered of better times would have it tried some
            // more.
            used.fill((double) nanoseconds);
        } else {
            used.add((double) nanoseconds);
        }
        other.scale(BELIEF);
        last[size] = threads;
    }

    private static boolean wins(int threads, long nanoseconds, double other) {
        return threads == 1 ? nanoseconds < LEAST_GAIN * other : LEAST_GAIN * nanoseconds <= other;
    }

    private static int size(int tokens) {
        return SIZES - 1 - Integer.numberOfLeadingZeros(tokens);
    }
}
