package dev.plumbline.exchange;

/** A newer writer of the same deployment has taken over; this one must stop. */
public final class FencedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FencedException(String deployment, Throwable cause) {
        super("another trainer of the deployment " + deployment + " writes now: this one must end", cause);
    }
}
