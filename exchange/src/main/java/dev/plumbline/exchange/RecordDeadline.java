package dev.plumbline.exchange;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** The header by which a producer says until when it wants an answer; what is answered carries it on. */
public final class RecordDeadline {
    /** A time as RFC 3339 writes it, {@code 2026-01-31T12:00:00Z}. */
    public static final String HEADER = "plumbline-deadline";

    private RecordDeadline() {}

    /**
     * Until when an answer is wanted; empty for whenever it comes.
     *
     * @throws IllegalArgumentException if the header is no time, with the fix
     */
    public static Optional<Instant> of(Incoming<?> record) {
        return Optional.ofNullable(record.headers().get(HEADER)).map(RecordDeadline::parse);
    }

    private static Instant parse(String time) {
        try {
            return OffsetDateTime.parse(time).toInstant();
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "the header " + HEADER + " must be a time such as 2026-01-31T12:00:00Z, got \"" + time + "\"", e);
        }
    }
}
