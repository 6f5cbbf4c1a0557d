package dev.plumbline.rl.loss;

/** max(a, b) of two functions, which has no derivative where they are equal. */
final class LargerOf {
    private LargerOf() {}

    /** The derivative of the larger side; at a tie the mean of both, the subgradient {@code torch.max} takes. */
    static double slope(double a, double aSlope, double b, double bSlope) {
        if (a > b) {
            return aSlope;
        }
        if (b > a) {
            return bSlope;
        }
        return 0.5 * (aSlope + bSlope);
    }
}
