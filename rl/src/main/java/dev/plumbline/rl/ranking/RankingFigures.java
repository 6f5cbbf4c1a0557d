package dev.plumbline.rl.ranking;

import dev.plumbline.rl.RunningSummary;
import dev.plumbline.rl.Summary;

/**
 * How well scores agree with rankings. Figures of several prompts add up.
 *
 * @param prompts those that have pairs of unequal rank
 * @param correctPairs the pairs whose better answer has the higher score
 * @param margins score of the better answer minus score of the worse, over all pairs
 * @param scores of all answers, tied ones too
 */
public record RankingFigures(long prompts, long correctPairs, Summary margins, Summary scores) {
    public static final RankingFigures NONE = new RankingFigures(0, 0, Summary.EMPTY, Summary.EMPTY);

    /**
     * The figures of one prompt.
     *
     * @throws IllegalArgumentException if the lengths differ or a score is not finite
     */
    public static RankingFigures measure(float[] scores, int[] ranks) {
        if (scores.length != ranks.length) {
            throw new IllegalArgumentException(
                    "scores and ranks must have one entry per answer, got " + scores.length + " and " + ranks.length);
        }
        RunningSummary margins = new RunningSummary();
        long correct = 0;
        for (int w = 0; w < ranks.length; w++) {
            if (!Float.isFinite(scores[w])) {
                throw new IllegalArgumentException("scores[" + w + "] must be finite, got " + scores[w]);
            }
            for (int l = 0; l < ranks.length; l++) {
                if (ranks[w] < ranks[l]) {
                    margins.add((double) scores[w] - scores[l]);
                    correct += scores[w] > scores[l] ? 1 : 0;
                }
            }
        }
        Summary summary = margins.summary();
        return new RankingFigures(summary.count() > 0 ? 1 : 0, correct, summary, Summary.of(scores));
    }

    public RankingFigures plus(RankingFigures other) {
        return new RankingFigures(
                prompts + other.prompts,
                correctPairs + other.correctPairs,
                margins.plus(other.margins),
                scores.plus(other.scores));
    }

    /** The pairs of unequal rank. */
    public long pairs() {
        return margins.count();
    }

    /** The share of the pairs that the scores order as the ranks do; equal scores do not. NaN without pairs. */
    public double accuracy() {
        return correctPairs / (double) pairs();
    }

    /** The mean of the margins; NaN without pairs. */
    public double margin() {
        return margins.mean();
    }
}
