package dev.plumbline.exchange;

/** Not now: the broker or the model's source cannot be reached. Trying again later is right, nothing was lost. */
public final class ExchangeUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ExchangeUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
