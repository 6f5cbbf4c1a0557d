package dev.plumbline.rl.reward;

import dev.plumbline.rl.RunningSummary;

/** r_t = −β KL_t, and the score added at one token (Ziegler et al. 2019; Ouyang et al. 2022, eq. 2). */
public final class RewardShaping {
    private RewardShaping() {}

    /**
     * Rewards per token.
     *
     * @param kl per token, nats, 0 where a token does not count
     * @param coefficient β
     * @param scores one per row
     * @param scoreIndices the token of each row that gets the score: the last one where a token's value is read before the
     *     token is chosen
     * @throws IllegalArgumentException if shapes differ, a number is not finite or an index lies outside its row
     */
    public static ShapedRewards shape(float[][] kl, double coefficient, float[] scores, int[] scoreIndices) {
        if (!(coefficient >= 0) || Double.isInfinite(coefficient)) {
            throw new IllegalArgumentException("coefficient must be >= 0, got " + coefficient);
        }
        if (scores.length != kl.length || scoreIndices.length != kl.length) {
            throw new IllegalArgumentException("scores and scoreIndices must have one entry per row of kl (" + kl.length
                    + "), got " + scores.length + " and " + scoreIndices.length);
        }
        RunningSummary klPerSequence = new RunningSummary();
        RunningSummary scoreSummary = new RunningSummary();
        RunningSummary total = new RunningSummary();
        float[][] rewards = new float[kl.length][];
        for (int row = 0; row < kl.length; row++) {
            requireScore(row, scores[row], scoreIndices[row], kl[row].length);
            double sum = 0;
            rewards[row] = new float[kl[row].length];
            for (int token = 0; token < kl[row].length; token++) {
                if (!Float.isFinite(kl[row][token])) {
                    throw new IllegalArgumentException(
                            "kl[" + row + "][" + token + "] must be finite, got " + kl[row][token]);
                }
                sum += kl[row][token];
                double score = token == scoreIndices[row] ? scores[row] : 0;
                rewards[row][token] = (float) (score - coefficient * kl[row][token]);
            }
            klPerSequence.add(sum);
            scoreSummary.add(scores[row]);
            total.add(scores[row] - coefficient * sum);
        }
        return new ShapedRewards(
                rewards, coefficient, klPerSequence.summary(), scoreSummary.summary(), total.summary());
    }

    private static void requireScore(int row, float score, int index, int length) {
        if (!Float.isFinite(score)) {
            throw new IllegalArgumentException("scores[" + row + "] must be finite, got " + score);
        }
        if (length == 0) {
            throw new IllegalArgumentException(
                    "kl[" + row + "] has no tokens, so its score has no place: leave out" + " answers without tokens");
        }
        if (index < 0 || index >= length) {
            throw new IllegalArgumentException(
                    "scoreIndices[" + row + "] must be in [0, " + length + "), got " + index);
        }
    }
}
