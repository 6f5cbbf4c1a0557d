package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Distributions that tokens are drawn from, in float64 and by their definitions, without regard for speed. */
final class ExactDistribution {
    private ExactDistribution() {}

    /** As transformers' processors and warpers do it one after the other, each on what the last one left. */
    static double[] of(float[] logits, SamplingParameters sampling, int[] prompt, int[] answer) {
        double[] z = changed(logits, sampling, prompt, answer);
        double[] p = new double[z.length];
        double highest = Arrays.stream(z).max().orElseThrow();
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp((z[i] - highest) / sampling.temperature());
        }
        normalise(p);
        cut(p, sampling);
        return p;
    }

    private static double[] changed(float[] logits, SamplingParameters sampling, int[] prompt, int[] answer) {
        Penalties penalties = sampling.penalties();
        TokenPreferences preferences = sampling.preferences();
        double[] z = new double[logits.length];
        for (int i = 0; i < z.length; i++) {
            int id = i;
            long count = Arrays.stream(answer).filter(token -> token == id).count();
            boolean seen = count > 0 || Arrays.stream(prompt).anyMatch(token -> token == id);
            z[i] = logits[i] + preferences.bias().getOrDefault(i, 0f);
            if (seen) {
                z[i] = z[i] > 0 ? z[i] / penalties.repetition() : z[i] * penalties.repetition();
            }
            z[i] -= penalties.frequency() * count + (count > 0 ? penalties.presence() : 0);
            if (!preferences.allowed().isEmpty() && !preferences.allowed().contains(i)) {
                z[i] = Double.NEGATIVE_INFINITY;
            }
        }
        return z;
    }

    private static void cut(double[] p, SamplingParameters sampling) {
        int n = p.length;
        int[] order = likeliestFirst(p);
        if (sampling.topK() > 0) {
            for (int rank = sampling.topK(); rank < n; rank++) {
                p[order[rank]] = 0;
            }
            normalise(p);
        }
        double reached = 0;
        for (int rank = 0; rank < n && sampling.topP() < 1; rank++) {
            double before = reached;
            reached += p[order[rank]];
            p[order[rank]] = before < sampling.topP() ? p[order[rank]] : 0;
        }
        normalise(p);
        double threshold = sampling.minP() * p[order[0]];
        for (int i = 0; i < n; i++) {
            p[i] = p[i] >= threshold ? p[i] : 0;
        }
        normalise(p);
    }

    /** Indices by falling value. */
    static int[] likeliestFirst(double[] p) {
        return IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -p[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static void normalise(double[] p) {
        double sum = Arrays.stream(p).sum();
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
    }

    /** Pearson's statistic over cells of at least ten expected draws, the rest pooled. */
    static void assertChiSquare(int[] counts, double[] expected, int draws) {
        double statistic = 0;
        int cells = 0;
        double pooledExpected = 0;
        double pooledCount = 0;
        for (int i = 0; i < counts.length; i++) {
            double mean = expected[i] * draws;
            if (mean >= 10) {
                statistic += Math.pow(counts[i] - mean, 2) / mean;
                cells++;
            } else {
                pooledExpected += mean;
                pooledCount += counts[i];
            }
        }
        if (pooledExpected >= 10) {
            statistic += Math.pow(pooledCount - pooledExpected, 2) / pooledExpected;
            cells++;
        }
        int degrees = cells - 1;
        // Four standard deviations above the mean of chi-square, and a little for few degrees of freedom.
        assertThat(statistic).isLessThanOrEqualTo(degrees + 4 * Math.sqrt(2.0 * degrees) + 6);
    }
}
