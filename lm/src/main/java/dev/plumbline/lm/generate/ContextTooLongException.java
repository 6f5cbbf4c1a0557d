package dev.plumbline.lm.generate;

/** A request that needs more tokens than a slot of the engine holds; the message says how many and what to change. */
public final class ContextTooLongException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    ContextTooLongException(String message) {
        super(message);
    }
}
