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

    /** How many times there were. */
    int count() {
        return count;
    }

    void add(double time) {
        last[count % REMEMBERED] = time;
        count++;
    }

    /** Forgets all others for this one. */
    void fill(double time) {
        Arrays.fill(last, time);
        count++;
    }

    /** Makes what is remembered count for less or more. */
    void scale(double factor) {
        Arrays.setAll(last, i -> factor * last[i]);
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
