package dev.plumbline.policy.engine;

/** Why work is ended from outside. */
public enum StopCause {
    /** Nobody waits for it any more. */
    CANCELLED,
    /** The server stops. */
    ABORTED
}
