package dev.plumbline.exchange.store;

/** A model version's files are not what was published; names the file. */
public final class BadModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BadModelException(String message) {
        super(message);
    }

    BadModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
