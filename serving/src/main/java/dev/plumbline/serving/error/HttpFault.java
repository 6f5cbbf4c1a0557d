package dev.plumbline.serving.error;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An error as HTTP tells it; to HTTP what {@link StatusMapping} is to gRPC. Each façade gives it the body that its clients
 * expect.
 *
 * @param status of HTTP
 * @param reason stable, UPPER_SNAKE
 * @param message the fact and the fix, for people
 * @param violations the fields at fault; empty if there is none
 * @param retryAfter when it makes sense to ask again; empty if it never does
 */
public record HttpFault(
        int status, String reason, String message, List<FieldViolation> violations, Optional<Duration> retryAfter) {
    /** The status of a caller without a token that counts; HTTP says with it how to send one. */
    public static final int UNAUTHORIZED = 401;

    public HttpFault {
        violations = List.copyOf(violations);
    }

    /** An error that only HTTP knows: a wrong method, a body that is too large. */
    public static HttpFault of(int status, String reason, String message) {
        return new HttpFault(status, reason, message, List.of(), Optional.empty());
    }

    /**
     * The error as a call's end; what is no {@link ServiceException} is a defect.
     *
     * @param traceId under which a defect is found in the log
     */
    public static HttpFault of(Throwable error, String traceId) {
        ServiceException known = StatusMapping.known(error);
        String message = known instanceof Defect ? known.message() + ": " + traceId : known.message();
        return new HttpFault(status(known.kind()), known.reason(), message, known.violations(), known.retryAfter());
    }

    /** Whether it is ours, so that it is logged with its stack. */
    public boolean isDefect() {
        return status == status(ErrorKind.INTERNAL);
    }

    /** Clients try 409 again by themselves, which helps with none of these; so what is at fault is 400 or 404. */
    private static int status(ErrorKind kind) {
        return switch (kind) {
            case INVALID_ARGUMENT, ALREADY_EXISTS, FAILED_PRECONDITION -> 400;
            case UNAUTHENTICATED -> UNAUTHORIZED;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case RESOURCE_EXHAUSTED -> 429;
            case UNAVAILABLE, ABORTED -> 503;
            case INTERNAL -> 500;
        };
    }
}
