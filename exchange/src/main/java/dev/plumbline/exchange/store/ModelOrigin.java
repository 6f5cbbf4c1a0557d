package dev.plumbline.exchange.store;

/**
 * What a model version was made from.
 *
 * @param parent {@code name@version} it was made from; empty for an import
 * @param runId the run that made it; empty for an import by hand
 * @param step the run's step after which it was made, 0 for the run's start; {@link #NO_STEP} outside of a run
 */
public record ModelOrigin(String parent, String runId, long step) {

    /** Not made by a step. */
    public static final long NO_STEP = -1;

    public ModelOrigin {
        if (step < NO_STEP) {
            throw new IllegalArgumentException("step must be >= 0, or -1 for none, got " + step);
        }
    }

    /** Of a directory brought in from outside. */
    public static ModelOrigin imported() {
        return new ModelOrigin("", "", NO_STEP);
    }
}
