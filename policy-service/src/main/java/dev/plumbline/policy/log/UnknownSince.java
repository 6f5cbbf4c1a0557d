package dev.plumbline.policy.log;

import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Patience with records that name what no feed knows. The feeds may be a little behind, so the record waits; but a name
 * nobody will ever publish must not hold up its partition.
 */
final class UnknownSince {
    private static final Duration GLANCE = Duration.ofMillis(100);

    private final Duration patience;
    private final InstantSource clock;
    private final Map<RecordIdentity, Instant> since = new HashMap<>();

    UnknownSince(Duration patience, InstantSource clock) {
        this.patience = patience;
        this.clock = clock;
    }

    /** The record names something unknown: not now, or, when patience is over, the caller's fault. */
    RuntimeException unknown(RecordIdentity record, String reason, String field, String message) {
        Instant now = clock.instant();
        Instant first = since.computeIfAbsent(record, identity -> now);
        if (Duration.between(first, now).compareTo(patience) < 0) {
            return NotNow.unavailable(reason, message, GLANCE);
        }
        since.remove(record);
        return CallerFault.invalid(reason, field, message + ", not even after " + patience.toSeconds() + " s");
    }

    /** The record names nothing unknown any more. */
    void known(RecordIdentity record) {
        since.remove(record);
    }
}
