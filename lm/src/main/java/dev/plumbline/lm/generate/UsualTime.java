package dev.plumbline.lm.generate;

import java.util.Arrays;

/** How long something takes, of late: the median of the last times, so that a single one that is odd changes nothing. */
final class UsualTime {
    /** The first times of anything are slow; of so many, most are not. */
    private static final int REMEMBERED = 5;

    private final double[] last = new double[REMEMBERED];
    private int count;

    /** Whether there are enough times to tell. */
    boolean known() {
        return count >= REMEMBERED;
    }

    void add(double time) {
        last[count % REMEMBERED] = time;
        count++;
    }

    /** The usual time; only if it is known. */
    double median() {
        if (!known()) {
            throw new IllegalStateException("of " + REMEMBERED + " times there were only " + count);
        }
        double[] sorted = last.clone();
        Arrays.sort(sorted);
        return sorted[REMEMBERED / 2];
    }
}
