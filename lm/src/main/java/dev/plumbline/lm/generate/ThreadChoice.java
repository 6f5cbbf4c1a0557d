package dev.plumbline.lm.generate;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Whether a step is done on one thread or on all. A small model's operators take less time than threads need to meet, and
 * threads that have to meet lose much when another process takes a core; so both are timed in the engine's own steps, by how
 * many tokens these have.
 */
final class ThreadChoice {
    /** Steps of 1, of 2 to 3, of 4 to 7 tokens, and so on. */
    private static final int SIZES = Integer.SIZE;

    private final int most;
    private final ThreadTrials[] trials = new ThreadTrials[SIZES];

    /** @param most all threads there are */
    ThreadChoice(int most) {
        this.most = most;
        Arrays.setAll(trials, size -> new ThreadTrials(most));
    }

    /** How many threads the next step of so many tokens, at least one, should use. */
    synchronized int threads(int tokens) {
        if (most == 1) {
            return 1;
        }
        int size = size(tokens);
        // What gains by threads when it is small does so all the more when it is large.
        if (Stream.of(trials).limit(size).anyMatch(ThreadTrials::gains)) {
            trials[size].presumeGain();
        }
        return trials[size].onAll() ? most : 1;
    }

    /** Takes how long the step took for which threads were chosen last. */
    synchronized void took(int tokens, long nanoseconds) {
        if (most > 1) {
            trials[size(tokens)].took((double) nanoseconds);
        }
    }

    private static int size(int tokens) {
        return SIZES - 1 - Integer.numberOfLeadingZeros(tokens);
    }
}
