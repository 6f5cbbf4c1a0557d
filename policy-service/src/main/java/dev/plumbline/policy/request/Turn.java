package dev.plumbline.policy.request;

import java.time.Instant;
import java.util.Optional;

/**
 * When a request is answered.
 *
 * @param source who asks
 * @param label by which the caller knows it; empty if it has none
 * @param priority lower begins first
 * @param deadline after which nobody wants the answer; of a call gRPC itself keeps it
 */
public record Turn(Source source, String label, int priority, Optional<Instant> deadline) {
    /** Who asks; both share the slots. */
    public enum Source {
        /** A call. */
        CALL,
        /** A prompt from the log. */
        LOG
    }

    /** Of a call without a label. */
    public static Turn ofCall(int priority) {
        return ofCall("", priority);
    }

    /** Of a call. */
    public static Turn ofCall(String label, int priority) {
        return new Turn(Source.CALL, label, priority, Optional.empty());
    }

    /** Of a prompt from the log. */
    public static Turn ofLog(Optional<Instant> deadline) {
        return new Turn(Source.LOG, "", 0, deadline);
    }

    /** Whether it is too late. */
    public boolean isOver(Instant now) {
        return deadline.isPresent() && !now.isBefore(deadline.get());
    }
}
