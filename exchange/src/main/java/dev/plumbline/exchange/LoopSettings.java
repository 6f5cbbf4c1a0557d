package dev.plumbline.exchange;

import java.time.Duration;

/**
 * How a loop runs.
 *
 * @param service names itself in error records, dead letters and the source of events, as in {@code policy-service}
 * @param group the consumer group that shares the partitions; the topic prefix is put before it
 * @param maxOpen the most records accepted and not yet acknowledged
 * @param idle the longest one poll waits for something to do
 */
public record LoopSettings(String service, String group, int maxOpen, Duration idle) {

    public LoopSettings {
        if (service.isEmpty() || group.isEmpty()) {
            throw new IllegalArgumentException(
                    "service and group must not be empty, got \"" + service + "\" and \"" + group + '"');
        }
        if (maxOpen < 1) {
            throw new IllegalArgumentException("maxOpen must be >= 1, got " + maxOpen);
        }
        if (idle.isNegative() || idle.isZero()) {
            throw new IllegalArgumentException("idle must be > 0, got " + idle);
        }
    }

    /** As many open records as given, and polls of at most 100 ms. */
    public static LoopSettings of(String service, String group, int maxOpen) {
        return new LoopSettings(service, group, maxOpen, Duration.ofMillis(100));
    }
}
