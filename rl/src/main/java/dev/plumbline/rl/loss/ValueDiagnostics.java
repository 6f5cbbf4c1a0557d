package dev.plumbline.rl.loss;

/**
 * How often the clip decided the value loss. Diagnostics of micro-batches add up.
 *
 * @param clipped tokens whose clipped value has the larger error
 */
public record ValueDiagnostics(long tokens, long clipped) {
    public static final ValueDiagnostics NONE = new ValueDiagnostics(0, 0);

    public ValueDiagnostics plus(ValueDiagnostics other) {
        return new ValueDiagnostics(tokens + other.tokens, clipped + other.clipped);
    }

    /** The share of clipped tokens ({@code val/clipfrac_avg}); NaN without tokens. */
    public double clipFraction() {
        return clipped / (double) tokens;
    }
}
