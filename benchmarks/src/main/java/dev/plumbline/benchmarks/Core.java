package dev.plumbline.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A core of this machine, that processes can be held on. By {@code taskset}, so Linux only.
 *
 * @param number as the kernel counts, from 0
 */
record Core(int number) {

    /** From now on the process' threads, and those that they begin, run on this core alone. */
    void hold(long pid) throws IOException, InterruptedException {
        Process taskset = new ProcessBuilder("taskset", "-a", "-c", "-p", String.valueOf(number), String.valueOf(pid))
                .redirectErrorStream(true)
                .start();
        String output = new String(taskset.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (taskset.waitFor() != 0) {
            throw new IllegalStateException("process " + pid + " cannot be held on core " + number + ": " + output);
        }
    }
}
