package dev.plumbline.benchmarks;

import java.util.Arrays;

/**
 * How long something took, in seconds: the best tells what the machine can do, the distance to the median how much else it
 * had to do.
 */
record Timing(double best, double median) {
    /** Times so many repetitions, after one that does not count. */
    static Timing of(int repetitions, Runnable work) {
        work.run();
        double[] seconds = new double[repetitions];
        for (int i = 0; i < repetitions; i++) {
            long start = System.nanoTime();
            work.run();
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        return new Timing(seconds[0], seconds[repetitions / 2]);
    }
}
