package dev.plumbline.serving.worker;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what nobody reports, as the last step of a stop. */
public final class Waiting {
    private static final Duration GLANCE = Duration.ofMillis(10);

    private Waiting() {}

    /** Looks every 10 ms; false if it takes longer than the timeout. */
    public static boolean until(BooleanSupplier done, Duration timeout) {
        long start = System.nanoTime();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() - start > timeout.toNanos()) {
                return false;
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
        return true;
    }
}
