package dev.plumbline.lm.generate;

import java.util.stream.Stream;

/**
 * Whether a step is done on one thread or on all, together or in halves. A small model's operators take less time than
 * threads need to meet, and threads that have to meet lose much when another process takes a core; so both are timed in the
 * engine's own steps, by how many tokens these have and whether they can be cut in halves.
 */
final class ThreadChoice {
    /** Steps of 1, of 2 to 3, of 4 to 7 tokens, and so on. */
    private static final int SIZES = Integer.SIZE;

    private final int most;
    private final ThreadTrials[] whole;
    private final ThreadTrials[] cut;

    /** @param most all threads there are */
    ThreadChoice(int most) {
        this.most = most;
        this.whole = trials(most);
        this.cut = trials(most);
    }

    private static ThreadTrials[] trials(int most) {
        return Stream.generate(() -> new ThreadTrials(most)).limit(SIZES).toArray(ThreadTrials[]::new);
    }

    /**
     * How the next step should be done.
     *
     * @param tokens that it has, at least one
     * @param halves whether it can be cut in two
     */
    synchronized StepWay next(int tokens, boolean halves) {
        if (most == 1) {
            return StepWay.ONE;
        }
        ThreadTrials[] trials = halves ? cut : whole;
        int size = size(tokens);
        // What gains by threads when it is small does so all the more when it is large.
        if (Stream.of(trials).limit(size).anyMatch(ThreadTrials::gains)) {
            trials[size].presumeGain();
        }
        if (!trials[size].onAll()) {
            return StepWay.ONE;
        }
        return halves ? StepWay.HALVES : StepWay.ALL;
    }

    /** Takes how long the step took for which a way was chosen last. */
    synchronized void took(int tokens, boolean halves, long nanoseconds) {
        if (most > 1) {
            (halves ? cut : whole)[size(tokens)].took((double) nanoseconds);
        }
    }

    private static int size(int tokens) {
        return SIZES - 1 - Integer.numberOfLeadingZeros(tokens);
    }
}
