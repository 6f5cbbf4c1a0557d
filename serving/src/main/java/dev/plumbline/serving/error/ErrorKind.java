package dev.plumbline.serving.error;

/** The sorts of errors a caller can meet. */
public enum ErrorKind {
    /** The request is wrong whatever the state of the service. */
    INVALID_ARGUMENT,
    /** What the request names does not exist. */
    NOT_FOUND,
    /** What the request would make exists already. */
    ALREADY_EXISTS,
    /** The request cannot be met in the state the service is in; repeating it does not help by itself. */
    FAILED_PRECONDITION,
    /** The caller did not say who it is, or is nobody we know. */
    UNAUTHENTICATED,
    /** The caller is known, and may not do this. */
    PERMISSION_DENIED,
    /** A bounded queue is full. */
    RESOURCE_EXHAUSTED,
    /** The service, or something it needs, is not there yet or not any more. */
    UNAVAILABLE,
    /** The server ended what it had begun. */
    ABORTED,
    /** A defect. */
    INTERNAL
}
