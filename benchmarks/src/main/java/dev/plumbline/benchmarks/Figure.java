package dev.plumbline.benchmarks;

import java.util.Arrays;
import java.util.List;

/**
 * A figure of a run's steps that is held against another implementation's.
 *
 * @param name the metric's
 * @param floor the size below which differences are taken relative to this and not to the figure itself: for figures that
 *     are differences of larger numbers and may come near 0; 0 for those that do not
 */
record Figure(String name, double floor) {
    /** Figures that do not come near 0. */
    static List<Figure> of(String... names) {
        return Arrays.stream(names).map(name -> new Figure(name, 0)).toList();
    }

    /** How far apart two values are, relative to the second. */
    double difference(double own, double theirs) {
        return Math.abs(own - theirs) / Math.max(Math.abs(theirs), floor);
    }
}
