package dev.plumbline.policy.log;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.RecordDeadline;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.serving.error.CallerFault;
import java.time.Instant;
import java.util.Optional;

/** Until when a producer wants an answer; a header that cannot be read is its fault. */
final class PromptDeadline {
    private PromptDeadline() {}

    static Optional<Instant> of(Incoming<Prompt> record) {
        try {
            return RecordDeadline.of(record);
        } catch (IllegalArgumentException e) {
            throw CallerFault.invalid("INVALID_DEADLINE", RecordDeadline.HEADER, String.valueOf(e.getMessage()));
        }
    }
}
