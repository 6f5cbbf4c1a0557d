package dev.plumbline.lm.generate;

/**
 * Whether steps of about the same size are faster in a way in which threads meet less or in one that spreads the work over
 * them. What is in use is judged by its mean of late, in which what is rare and long counts for as much as it costs. The other
 * way is on trial for a few steps when what is in use has become slower than that was, and else from time to time: the more a
 * trial has lost, the later comes the next.
 */
final class ThreadTrials {
    /** What gains less than this by spreading is not spread: others need the threads, or they meet for too little. */
    private static final double LEAST_GAIN = 1.1;

    /** Of one step in the mean. */
    private static final double WEIGHT = 1 / 32.0;

    /** No step counts for more than so many: a process that was halted for a second is no reason to change. */
    private static final double MOST = 8;

    /** A trial that loses some time is followed by so many times that without another. */
    private static final double PATIENCE = 64;

    /** One of the two ways. */
    private static final class Way {
        /** Its times in its last trial; at the beginning its first ones. */
        UsualTime trial = new UsualTime();
        /** What a step takes. */
        double mean;
    }

    private final int threads;
    private final Way sparing = new Way();
    private final Way spreading = new Way();

    private boolean compared;
    private Way used = spreading;
    private Way next = spreading;

    /** What the last trial has cost beyond steps of the way in use. */
    private double lost;

    /** How much longer the way in use goes on before the other is tried. */
    private double untilTrial;

    /** @param threads over which work is spread */
    ThreadTrials(int threads) {
        this.threads = threads;
    }

    /** Whether the next step is spread. */
    boolean spreads() {
        return next == spreading;
    }

    /** Whether spreading is known to be faster. */
    boolean gains() {
        return compared && faster() == spreading;
    }

    /** Has the other way, if it was never tried, believed to be as slow as one thread if all share its work without loss. */
    void presumeGain() {
        if (compared) {
            return;
        }
        next = spreading;
        if (spreading.trial.known()) {
            sparing.mean = threads * spreading.trial.median();
            compare();
        }
    }

    /** Takes how long the next step, as it was announced, took. */
    void took(double time) {
        if (!compared) {
            first(time);
        } else if (next == used) {
            use(time);
        } else {
            challenge(time);
        }
    }

    private void first(double time) {
        next.trial.add(time);
        if (sparing.trial.known() && spreading.trial.known()) {
            sparing.mean = sparing.trial.median();
            compare();
        } else {
            next = next == spreading ? sparing : spreading;
        }
    }

    private void compare() {
        spreading.mean = spreading.trial.median();
        compared = true;
        used = faster();
        rest();
    }

    private Way faster() {
        return sparing.mean >= LEAST_GAIN * spreading.mean ? spreading : sparing;
    }

    private void use(double time) {
        double counted = Math.min(time, MOST * used.mean);
        used.mean += WEIGHT * (counted - used.mean);
        untilTrial -= counted;
        if (untilTrial <= 0 || faster() != used) {
            next = used == spreading ? sparing : spreading;
            next.trial = new UsualTime();
            lost = 0;
        }
    }

    private void challenge(double time) {
        next.trial.add(time);
        lost += time - used.mean;
        if (next.trial.known()) {
            next.mean = next.trial.median();
            used = faster();
            rest();
        } else if (lost >= used.mean) {
            next.mean = used.mean + lost;
            rest();
        }
    }

    /** What is in use goes on without a trial. */
    private void rest() {
        next = used;
        untilTrial = PATIENCE * Math.max(lost, used.mean);
    }
}
