package dev.plumbline.rl;

/**
 * Moments and range of some numbers. Summaries of parts add up to the summary of the whole, so figures of micro-batches
 * are joined exactly.
 *
 * @param squaredDeviations Σ (x − mean)²
 */
public record Summary(long count, double mean, double squaredDeviations, double min, double max) {
    /** Of no numbers: mean, variances, minimum and maximum are NaN. */
    public static final Summary EMPTY = new Summary(0, Double.NaN, 0, Double.NaN, Double.NaN);

    public static Summary of(float... values) {
        RunningSummary summary = new RunningSummary();
        for (float value : values) {
            summary.add(value);
        }
        return summary.summary();
    }

    /** Of the values under the mask. */
    public static Summary of(float[][] values, TokenMask mask) {
        RunningSummary summary = new RunningSummary();
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    summary.add(values[row][token]);
                }
            }
        }
        return summary.summary();
    }

    /** Σ (x − mean)² / (n − 1); NaN for fewer than two numbers. */
    public double variance() {
        return count < 2 ? Double.NaN : squaredDeviations / (count - 1);
    }

    /** Σ (x − mean)² / n; NaN for none. */
    public double biasedVariance() {
        return squaredDeviations / count;
    }

    /** The mean of the squares, E[x]² + Var[x]; NaN for none. */
    public double meanSquare() {
        return mean * mean + biasedVariance();
    }

    /** The parallel update of Chan, Golub and LeVeque (1979). */
    public Summary plus(Summary other) {
        if (count == 0) {
            return other;
        }
        if (other.count == 0) {
            return this;
        }
        long total = count + other.count;
        double difference = other.mean - mean;
        return new Summary(
                total,
                mean + difference * other.count / total,
                squaredDeviations + other.squaredDeviations + difference * difference * count * other.count / total,
                Math.min(min, other.min),
                Math.max(max, other.max));
    }
}
