package dev.plumbline.policy.log;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.serving.error.CallerFault;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** The header by which a producer says until when it wants an answer. */
final class PromptDeadline {
    /** A time as RFC 3339 writes it, {@code 2026-01-31T12:00:00Z}. */
    static final String HEADER = "plumbline-deadline";

    private PromptDeadline() {}

    static Optional<Instant> of(Incoming<Prompt> record) {
        return Optional.ofNullable(record.headers().get(HEADER)).map(PromptDeadline::parse);
    }

    private static Instant parse(String time) {
        try {
            return OffsetDateTime.parse(time).toInstant();
        } catch (DateTimeParseException e) {
            throw CallerFault.invalid(
                    "INVALID_DEADLINE",
                    HEADER,
                    "the header " + HEADER + " must be a time such as 2026-01-31T12:00:00Z, got \"" + time + "\"");
        }
    }
}
