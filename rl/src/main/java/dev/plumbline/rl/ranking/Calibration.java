package dev.plumbline.rl.ranking;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Whether σ(margin) can be read as the probability that people prefer the answer with the higher score. Pairs are sorted
 * into bins of equal width by that probability, their confidence, from 1/2 to 1.
 *
 * @param squaredErrors Σ (1 − σ(margin))², the better answer's score minus the worse one's being the margin
 */
public record Calibration(List<Bin> bins, double squaredErrors) {
    private static final int BINS = 10;

    public static final Calibration NONE = new Calibration(Collections.nCopies(BINS, Bin.EMPTY), 0);

    public Calibration {
        bins = List.copyOf(bins);
        if (bins.size() != BINS) {
            throw new IllegalArgumentException("there must be " + BINS + " bins, got " + bins.size());
        }
    }

    /**
     * Pairs of like confidence.
     *
     * @param confidence Σ σ(|margin|)
     * @param right how many have the better answer's score on top; equal scores count as half, since either of the two
     *     would be named with the same right
     */
    public record Bin(long pairs, double confidence, double right) {
        static final Bin EMPTY = new Bin(0, 0, 0);

        Bin plus(Bin other) {
            return new Bin(pairs + other.pairs, confidence + other.confidence, right + other.right);
        }
    }

    static Calibration of(double[] margins) {
        List<Bin> bins = new ArrayList<>(NONE.bins);
        double squaredErrors = 0;
        for (double margin : margins) {
            double confidence = Sigmoid.of(Math.abs(margin));
            int bin = Math.min(BINS - 1, (int) ((2 * confidence - 1) * BINS));
            double right = margin > 0 ? 1 : margin == 0 ? 0.5 : 0;
            bins.set(bin, bins.get(bin).plus(new Bin(1, confidence, right)));
            double error = Sigmoid.of(-margin);
            squaredErrors += error * error;
        }
        return new Calibration(bins, squaredErrors);
    }

    public Calibration plus(Calibration other) {
        List<Bin> sums = new ArrayList<>(BINS);
        for (int i = 0; i < BINS; i++) {
            sums.add(bins.get(i).plus(other.bins.get(i)));
        }
        return new Calibration(sums, squaredErrors + other.squaredErrors);
    }

    public long pairs() {
        return bins.stream().mapToLong(Bin::pairs).sum();
    }

    /**
     * Σ_b n_b/n · |accuracy_b − confidence_b|, the means of each bin b (Guo et al. 2017, eq. 3). In [0, 1], 0 is best; NaN
     * without pairs.
     */
    public double expectedError() {
        return bins.stream()
                        .mapToDouble(bin -> Math.abs(bin.right - bin.confidence))
                        .sum()
                / pairs();
    }

    /** The mean of (1 − σ(margin))² (Brier 1950). In [0, 1], 0 is best, 1/4 is what equal scores get; NaN without pairs. */
    public double brierScore() {
        return squaredErrors / pairs();
    }
}
