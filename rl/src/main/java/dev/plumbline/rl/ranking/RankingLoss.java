package dev.plumbline.rl.ranking;

import java.util.Arrays;

/**
 * The loss of a reward model over ranked lists: for a prompt with P pairs of unequal rank, −1/P Σ log σ(r_w − r_l − m), w
 * the better answer of a pair and l the worse; the mean over the prompts that have pairs (Ouyang et al. 2022, eq. 1).
 * Rank 1 is the best; equal ranks are ties, which say nothing and are left out.
 *
 * <p>m is by how much the better score has to be higher (Touvron et al. 2023, eq. 2); 0 unless given. Margins add up along
 * a list, so they are given as one handicap per answer, of whose difference m consists.
 */
public final class RankingLoss {
    private RankingLoss() {}

    /** P: the number of pairs of a prompt whose ranks differ. */
    public static long pairs(int[] ranks) {
        long pairs = 0;
        for (int i = 0; i < ranks.length; i++) {
            for (int j = i + 1; j < ranks.length; j++) {
                pairs += ranks[i] != ranks[j] ? 1 : 0;
            }
        }
        return pairs;
    }

    /** One prompt's share of the loss without margins. */
    public static RankingEvaluation evaluate(float[] scores, int[] ranks, long promptsWithPairs) {
        return evaluate(scores, new float[scores.length], ranks, promptsWithPairs);
    }

    /**
     * One prompt's share of the loss.
     *
     * @param scores r, one per answer
     * @param handicaps one per answer, with m = handicap_w − handicap_l
     * @param ranks one per answer
     * @param promptsWithPairs the number of prompts of the whole optimizer step that have pairs
     * @throws IllegalArgumentException if the lengths differ, a number is not finite or the normalizer is not positive
     */
    public static RankingEvaluation evaluate(float[] scores, float[] handicaps, int[] ranks, long promptsWithPairs) {
        if (handicaps.length != scores.length) {
            throw new IllegalArgumentException("scores and handicaps must have one entry per answer, got "
                    + scores.length + " and " + handicaps.length);
        }
        double[] rewards = new double[scores.length];
        double[] handicapped = new double[scores.length];
        for (int i = 0; i < scores.length; i++) {
            rewards[i] = scores[i];
            handicapped[i] = (double) scores[i] - handicaps[i];
        }
        RankingFigures figures = RankingFigures.measure(rewards, ranks);
        if (!Double.isFinite(Arrays.stream(handicapped).sum())) {
            throw new IllegalArgumentException("handicaps must be finite, got " + Arrays.toString(handicaps));
        }
        PairwiseLoss loss = PairwiseLoss.of(handicapped, ranks, 0, promptsWithPairs);
        return new RankingEvaluation(loss.loss(), loss.derivatives(1), figures);
    }
}
