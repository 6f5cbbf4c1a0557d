package dev.plumbline.rl.ranking;

/** σ(x) = 1 / (1 + e^−x), the probability that an answer is preferred to one whose score is lower by x. */
final class Sigmoid {
    private Sigmoid() {}

    static double of(double x) {
        return 1 / (1 + StrictMath.exp(-x));
    }

    /** −log σ(x) = log(1 + e^−x), without overflow for large |x|. */
    static double negativeLog(double x) {
        return Math.max(-x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    }
}
