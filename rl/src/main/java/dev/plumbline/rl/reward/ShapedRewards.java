package dev.plumbline.rl.reward;

import dev.plumbline.rl.Summary;

/**
 * Rewards per token, and what they are made of per sequence.
 *
 * @param rewards [sequence][token]; not to be modified
 * @param coefficient β
 * @param kl summed over a sequence's tokens, nats ({@code objective/kl} is the mean)
 * @param scores ({@code objective/scores} is the mean)
 * @param totals score − β KL ({@code objective/rlhf_reward} is the mean)
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record ShapedRewards(float[][] rewards, double coefficient, Summary kl, Summary scores, Summary totals) {
    /** The mean of −β KL per sequence ({@code objective/non_score_reward}). */
    public double meanNonScoreReward() {
        return -coefficient * kl.mean();
    }
}
