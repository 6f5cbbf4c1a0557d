package dev.plumbline.rl;

/**
 * The logarithm Δ of a ratio of two probabilities, bounded before it is exponentiated, as {@code torch.clamp(max=40)}
 * would. e^40 is about 2e17: no sane ratio comes near, and its square still fits a float, so that one broken token
 * cannot turn the norm of a gradient into infinity.
 */
public final class LogRatio {
    /** Nats. */
    public static final double LIMIT = 40;

    private LogRatio() {}

    /** min(Δ, {@link #LIMIT}). */
    public static double clamp(double logRatio) {
        return Math.min(logRatio, LIMIT);
    }

    /** The derivative of {@link #clamp}: 1 up to the limit itself, 0 beyond. */
    public static double slope(double logRatio) {
        return logRatio <= LIMIT ? 1 : 0;
    }
}
