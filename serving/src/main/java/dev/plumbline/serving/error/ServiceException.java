package dev.plumbline.serving.error;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An error a caller is told about: its own fault, not now, or a defect of ours. Thrown where it is detected, translated
 * once by {@link StatusMapping}. The message has the fact and the fix.
 */
public abstract sealed class ServiceException extends RuntimeException permits CallerFault, NotNow, Defect {
    private static final long serialVersionUID = 1L;

    private final ErrorKind kind;
    private final String reason;
    private final String text;

    ServiceException(ErrorKind kind, String reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind);
        this.reason = requireUpperSnake(reason);
        this.text = Objects.requireNonNull(message);
    }

    /** What sort of error it is; decides the gRPC code. */
    public final ErrorKind kind() {
        return kind;
    }

    /** Stable name of the error, in UPPER_SNAKE: {@code CONTEXT_TOO_LONG}. */
    public final String reason() {
        return reason;
    }

    /** The fact and the fix, for people; never null, unlike {@link #getMessage()} by its type. */
    public final String message() {
        return text;
    }

    /** The fields at fault; empty if there is none. */
    public List<FieldViolation> violations() {
        return List.of();
    }

    /** When it makes sense to ask again; empty if it never does. */
    public Optional<Duration> retryAfter() {
        return Optional.empty();
    }

    private static String requireUpperSnake(String reason) {
        if (!reason.matches("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")) {
            throw new IllegalArgumentException(
                    "reason must be UPPER_SNAKE so that callers can match on it, got \"" + reason + "\"");
        }
        return reason;
    }
}
