package dev.plumbline.trainer.simulation;

/** The process died here: nothing after this line happened. */
final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
        super("killed", null, false, false);
    }
}
