package dev.plumbline.benchmarks;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a service to come so far. */
final class Waiting {
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private Waiting() {}

    /** @param problem what is wrong if it never becomes true */
    static void until(BooleanSupplier ready, String problem) {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!ready.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(problem + " after " + LONGEST.toSeconds() + " s");
            }
            Uninterruptibles.sleepUninterruptibly(Duration.ofMillis(100));
        }
    }
}
