package dev.plumbline.cli.launch;

/** The house, or a part of it, cannot be started; the message has the fix. */
public final class LaunchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The fact and the fix. */
    public LaunchException(String message) {
        super(message);
    }

    /** The fact and the fix, with what led to it. */
    public LaunchException(String message, Throwable cause) {
        super(message, cause);
    }
}
