package dev.plumbline.rl;

/** Collects a {@link Summary} one number at a time (Welford 1962). */
public final class RunningSummary {
    private long count;
    private double mean;
    private double squaredDeviations;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;

    public void add(double value) {
        count++;
        double difference = value - mean;
        mean += difference / count;
        squaredDeviations += difference * (value - mean);
        min = Math.min(min, value);
        max = Math.max(max, value);
    }

    public Summary summary() {
        return count == 0 ? Summary.EMPTY : new Summary(count, mean, squaredDeviations, min, max);
    }
}
