package dev.plumbline.exchange;

import java.time.Duration;
import java.time.Instant;

/** Waits twice as long after each failure in a row, from 100 ms to 10 s. */
final class Backoff {

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private Duration wait = SHORTEST;
    private Instant until = Instant.MIN;

    void failed(Instant now) {
        until = now.plus(wait);
        wait = wait.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : wait.multipliedBy(2);
    }

    void succeeded() {
        wait = SHORTEST;
        until = Instant.MIN;
    }

    boolean over(Instant now) {
        return !now.isBefore(until);
    }
}
