package dev.plumbline.trainer.run;

/** A run cannot go on, for a reason that is no defect; the message has the fact and the fix. */
public final class RunFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunFailure(String message) {
        super(message);
    }
}
