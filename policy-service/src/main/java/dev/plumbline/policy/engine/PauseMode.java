package dev.plumbline.policy.engine;

/** What a pause does with what has begun; nothing begins in any of them. */
public enum PauseMode {
    /** Ends it with what it has. */
    ABORT,
    /** Finishes it. */
    WAIT,
    /** Keeps it where it is. */
    KEEP
}
