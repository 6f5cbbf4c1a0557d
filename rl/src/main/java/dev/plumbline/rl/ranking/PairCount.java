package dev.plumbline.rl.ranking;

/**
 * How many pairs are in order.
 *
 * @param correct those whose better answer has the higher score
 * @param pairs all of them
 */
public record PairCount(long correct, long pairs) {
    public static final PairCount NONE = new PairCount(0, 0);

    public PairCount {
        if (correct < 0 || correct > pairs) {
            throw new IllegalArgumentException(
                    "correct must be in [0, pairs], got " + correct + " of " + pairs + " pairs");
        }
    }

    public PairCount plus(PairCount other) {
        return new PairCount(correct + other.correct, pairs + other.pairs);
    }

    /** The share of the pairs that the scores order as the ranks do; equal scores do not. NaN without pairs. */
    public double accuracy() {
        return correct / (double) pairs;
    }
}
