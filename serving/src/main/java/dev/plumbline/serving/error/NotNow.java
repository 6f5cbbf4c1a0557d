package dev.plumbline.serving.error;

import java.time.Duration;
import java.util.Optional;

/** Nobody's fault, and it passes: ask again after {@link #retryAfter()}. */
public final class NotNow extends ServiceException {
    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    private NotNow(ErrorKind kind, String reason, String message, Duration retryAfter) {
        super(kind, reason, message, null);
        if (retryAfter.isNegative()) {
            throw new IllegalArgumentException("retryAfter must be >= 0, got " + retryAfter);
        }
        this.retryAfter = retryAfter;
    }

    /** A bounded queue is full. */
    public static NotNow queueFull(String message, Duration retryAfter) {
        return new NotNow(ErrorKind.RESOURCE_EXHAUSTED, "QUEUE_FULL", message, retryAfter);
    }

    /** Something that is needed is not there: NO_MODEL, SERVER_DRAINING, BROKER_AWAY. */
    public static NotNow unavailable(String reason, String message, Duration retryAfter) {
        return new NotNow(ErrorKind.UNAVAILABLE, reason, message, retryAfter);
    }

    /** The server ended what it had begun; another one can do it at once. */
    public static NotNow aborted(String reason, String message) {
        return new NotNow(ErrorKind.ABORTED, reason, message, Duration.ZERO);
    }

    @Override
    public Optional<Duration> retryAfter() {
        return Optional.of(retryAfter);
    }
}
