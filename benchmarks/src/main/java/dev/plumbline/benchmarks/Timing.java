package dev.plumbline.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * How long something took, in seconds: the best tells what the machine can do, the distance to the median how much else it
 * had to do.
 *
 * @param processor the fewest seconds that all threads of this process together had a processor; hardly depends on what
 *     else the machine does
 */
record Timing(double best, double median, double processor) {
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Times so many repetitions, after one that does not count. */
    static Timing of(int repetitions, Runnable work) {
        work.run();
        double[] seconds = new double[repetitions];
        double processor = Double.POSITIVE_INFINITY;
        for (int i = 0; i < repetitions; i++) {
            long start = System.nanoTime();
            long taken = PROCESS.getProcessCpuTime();
            work.run();
            processor = Math.min(processor, (PROCESS.getProcessCpuTime() - taken) / 1e9);
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        return new Timing(seconds[0], seconds[repetitions / 2], processor);
    }
}
