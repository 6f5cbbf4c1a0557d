package dev.plumbline.serving.error;

import java.util.List;
import java.util.stream.Collectors;

/** The caller's fault: asking again in the same way fails again. */
public final class CallerFault extends ServiceException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // List.copyOf gives a serializable list, which its type does not say
    private final List<FieldViolation> violations;

    private CallerFault(ErrorKind kind, String reason, String message, List<FieldViolation> violations) {
        super(kind, reason, message, null);
        this.violations = List.copyOf(violations);
    }

    /** A wrong value of one field. */
    public static CallerFault invalid(String reason, String field, String message) {
        return new CallerFault(
                ErrorKind.INVALID_ARGUMENT, reason, message, List.of(new FieldViolation(field, message)));
    }

    /** All wrong fields of a request at once. */
    public static CallerFault invalid(String reason, List<FieldViolation> violations) {
        if (violations.isEmpty()) {
            throw new IllegalArgumentException("an invalid request must have at least one violation");
        }
        String message = violations.stream()
                .map(violation -> violation.field() + ": " + violation.description())
                .collect(Collectors.joining("; "));
        return new CallerFault(ErrorKind.INVALID_ARGUMENT, reason, message, violations);
    }

    /** The request names something that does not exist. */
    public static CallerFault notFound(String reason, String message) {
        return new CallerFault(ErrorKind.NOT_FOUND, reason, message, List.of());
    }

    /** The request would make something that exists already. */
    public static CallerFault alreadyExists(String reason, String message) {
        return new CallerFault(ErrorKind.ALREADY_EXISTS, reason, message, List.of());
    }

    /** The request cannot be met in the present state. */
    public static CallerFault failedPrecondition(String reason, String message) {
        return new CallerFault(ErrorKind.FAILED_PRECONDITION, reason, message, List.of());
    }

    /** The caller shows no token, or one that nobody knows. */
    public static CallerFault unauthenticated(String reason, String message) {
        return new CallerFault(ErrorKind.UNAUTHENTICATED, reason, message, List.of());
    }

    /** The caller's role does not allow this. */
    public static CallerFault permissionDenied(String reason, String message) {
        return new CallerFault(ErrorKind.PERMISSION_DENIED, reason, message, List.of());
    }

    @Override
    public List<FieldViolation> violations() {
        return violations;
    }
}
