package dev.plumbline.rl.ranking;

import dev.plumbline.rl.RunningSummary;
import dev.plumbline.rl.Summary;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/**
 * How well scores agree with rankings. Figures of several prompts add up.
 *
 * @param prompts those that have pairs of unequal rank
 * @param byDistance the pairs by how many steps of rank lie between their answers; 1 for neighbours, whatever the ranks'
 *     own numbers
 * @param sides scores of the better and the worse answers
 * @param margins score of the better answer minus score of the worse, over all pairs
 * @param scores of all answers, tied ones too
 * @param calibration of the margins
 */
public record RankingFigures(
        long prompts,
        SortedMap<Integer, PairCount> byDistance,
        PairSides sides,
        Summary margins,
        Summary scores,
        Calibration calibration) {
    public static final RankingFigures NONE =
            new RankingFigures(0, new TreeMap<>(), PairSides.NONE, Summary.EMPTY, Summary.EMPTY, Calibration.NONE);

    public RankingFigures {
        byDistance = Collections.unmodifiableSortedMap(new TreeMap<>(byDistance));
    }

    /**
     * The figures of one prompt.
     *
     * @throws IllegalArgumentException if the lengths differ or a score is not finite
     */
    public static RankingFigures measure(double[] scores, int[] ranks) {
        if (scores.length != ranks.length) {
            throw new IllegalArgumentException(
                    "scores and ranks must have one entry per answer, got " + scores.length + " and " + ranks.length);
        }
        RunningSummary all = new RunningSummary();
        for (int i = 0; i < scores.length; i++) {
            if (!Double.isFinite(scores[i])) {
                throw new IllegalArgumentException("scores[" + i + "] must be finite, got " + scores[i]);
            }
            all.add(scores[i]);
        }
        int[] levels = levels(ranks);
        SortedMap<Integer, PairCount> byDistance = new TreeMap<>();
        RunningSummary margins = new RunningSummary();
        DoubleStream.Builder listed = DoubleStream.builder();
        for (int w = 0; w < ranks.length; w++) {
            for (int l = 0; l < ranks.length; l++) {
                if (ranks[w] < ranks[l]) {
                    double margin = scores[w] - scores[l];
                    margins.add(margin);
                    listed.add(margin);
                    byDistance.merge(levels[l] - levels[w], new PairCount(margin > 0 ? 1 : 0, 1), PairCount::plus);
                }
            }
        }
        return new RankingFigures(
                byDistance.isEmpty() ? 0 : 1,
                byDistance,
                PairSides.of(scores, ranks),
                margins.summary(),
                all.summary(),
                Calibration.of(listed.build().toArray()));
    }

    /** The place of each rank among the different ranks of the list, 0 for the best. */
    private static int[] levels(int[] ranks) {
        int[] different = Arrays.stream(ranks).distinct().sorted().toArray();
        return Arrays.stream(ranks)
                .map(rank -> Arrays.binarySearch(different, rank))
                .toArray();
    }

    public RankingFigures plus(RankingFigures other) {
        SortedMap<Integer, PairCount> sum = new TreeMap<>(byDistance);
        other.byDistance.forEach((distance, count) -> sum.merge(distance, count, PairCount::plus));
        return new RankingFigures(
                prompts + other.prompts,
                sum,
                sides.plus(other.sides),
                margins.plus(other.margins),
                scores.plus(other.scores),
                calibration.plus(other.calibration));
    }

    private PairCount count() {
        return byDistance.values().stream().reduce(PairCount.NONE, PairCount::plus);
    }

    /** The pairs of unequal rank. */
    public long pairs() {
        return margins.count();
    }

    /** The pairs whose better answer has the higher score. */
    public long correctPairs() {
        return count().correct();
    }

    /** The share of the pairs that the scores order as the ranks do; equal scores do not. NaN without pairs. */
    public double accuracy() {
        return count().accuracy();
    }

    /** The mean of the margins; NaN without pairs. */
    public double margin() {
        return margins.mean();
    }
}
