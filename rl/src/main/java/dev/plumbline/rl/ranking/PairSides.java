package dev.plumbline.rl.ranking;

import dev.plumbline.rl.RunningSummary;
import dev.plumbline.rl.Summary;

/**
 * A number of the better and of the worse answer of each pair; an answer counts once for each pair that it is in.
 *
 * @param chosen of the better answers
 * @param rejected of the worse answers
 */
public record PairSides(Summary chosen, Summary rejected) {
    public static final PairSides NONE = new PairSides(Summary.EMPTY, Summary.EMPTY);

    /** @param numbers one per answer, as {@code ranks} */
    static PairSides of(double[] numbers, int[] ranks) {
        RunningSummary chosen = new RunningSummary();
        RunningSummary rejected = new RunningSummary();
        for (int w = 0; w < ranks.length; w++) {
            for (int l = 0; l < ranks.length; l++) {
                if (ranks[w] < ranks[l]) {
                    chosen.add(numbers[w]);
                    rejected.add(numbers[l]);
                }
            }
        }
        return new PairSides(chosen.summary(), rejected.summary());
    }

    public PairSides plus(PairSides other) {
        return new PairSides(chosen.plus(other.chosen), rejected.plus(other.rejected));
    }
}
