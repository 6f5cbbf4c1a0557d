package dev.plumbline.trainer.data.source;

/** A data file cannot be used; the message names the file, the first lines at fault with their reasons, and the fix. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
