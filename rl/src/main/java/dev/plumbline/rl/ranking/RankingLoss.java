package dev.plumbline.rl.ranking;

/**
 * The loss of a reward model over ranked lists: for a prompt with P pairs of unequal rank, −1/P Σ log σ(r_w − r_l), w the
 * better answer of a pair and l the worse; the mean over the prompts that have pairs (Ouyang et al. 2022, eq. 1). Rank 1
 * is the best; equal ranks are ties, which say nothing and are left out.
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

    /**
     * One prompt's share of the loss.
     *
     * @param scores r, one per answer
     * @param ranks one per answer
     * @param promptsWithPairs the number of prompts of the whole optimizer step that have pairs
     * @throws IllegalArgumentException if the lengths differ, a score is not finite or the normalizer is not positive
     */
    public static RankingEvaluation evaluate(float[] scores, int[] ranks, long promptsWithPairs) {
        if (promptsWithPairs <= 0) {
            throw new IllegalArgumentException(
                    "promptsWithPairs must be the number of such prompts in the whole optimizer step, > 0, got "
                            + promptsWithPairs);
        }
        RankingFigures figures = RankingFigures.measure(scores, ranks);
        double weight = 1.0 / (figures.pairs() * promptsWithPairs);
        double loss = 0;
        double[] derivatives = new double[scores.length];
        for (int w = 0; w < ranks.length; w++) {
            for (int l = 0; l < ranks.length; l++) {
                if (ranks[w] < ranks[l]) {
                    double margin = (double) scores[w] - scores[l];
                    loss += weight * negativeLogSigmoid(margin);
                    double derivative = -weight / (1 + StrictMath.exp(margin));
                    derivatives[w] += derivative;
                    derivatives[l] -= derivative;
                }
            }
        }
        return new RankingEvaluation(loss, toFloat(derivatives), figures);
    }

    /** −log σ(x) = log(1 + e^−x), without overflow for large |x|. */
    private static double negativeLogSigmoid(double x) {
        return Math.max(-x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    }

    private static float[] toFloat(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (float) values[i];
        }
        return result;
    }
}
