package dev.plumbline.trainer.run;

/** A run is to end, and what it was about to do is of no use any more. */
final class CancelledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CancelledException(String id) {
        super("run " + id + " is cancelled");
    }
}
