package dev.plumbline.benchmarks;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.plumbline.benchmarks.SoakCount.End;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A caller that makes one call after the other.
 *
 * @param over when there is to be no further call
 */
record SoakCaller(SoakCalls calls, SoakCount count, AtomicBoolean over) implements Runnable {
    private static final Duration AFTER_REFUSAL = Duration.ofMillis(50);

    @Override
    public void run() {
        while (!over.get()) {
            End end = calls.next();
            count.ended(end);
            if (end == End.REFUSED) {
                Uninterruptibles.sleepUninterruptibly(AFTER_REFUSAL);
            }
        }
    }
}
