package dev.plumbline.trainer.data;

/** A line is not an example; the message says why, without its number. */
final class MalformedLineException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    MalformedLineException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /** The fact and the fix. */
    String reason() {
        return reason;
    }
}
