package dev.plumbline.trainer.simulation;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that passes only when it is told to, and what is to happen when it has. */
final class VirtualTime extends Clock {
    private static final Instant START = Instant.parse("2026-01-31T17:45:02Z");

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::millis).thenComparingLong(Event::number));
    private long now;
    private long scheduled;

    private record Event(long millis, long number, Runnable action) {}

    long now() {
        return now;
    }

    long nanos() {
        return now * 1_000_000;
    }

    /** Something happens after so many milliseconds. */
    void after(long delay, Runnable action) {
        events.add(new Event(now + delay, scheduled++, action));
    }

    /** Time passes; what is due happens in order. */
    void pass(long millis) {
        long until = now + millis;
        for (Event next = events.peek(); next != null && next.millis() <= until; next = events.peek()) {
            events.remove();
            now = Math.max(now, next.millis());
            next.action().run();
        }
        now = until;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return START.plusMillis(now);
    }
}
