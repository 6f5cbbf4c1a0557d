package dev.plumbline.rl.advantage;

import dev.plumbline.rl.Summary;

/** The advantage of each answer over the other answers to the same prompt, which stand in for a value function. */
public enum GroupAdvantage {
    /** Â_i = (R_i − mean R) / (std R + 1e-4), std unbiased: GRPO (Shao et al. 2024, section 4.1.2; epsilon as in TRL). */
    MEAN_STD {
        @Override
        double advantage(float reward, Summary group) {
            return (reward - group.mean()) / (Math.sqrt(group.variance()) + EPSILON);
        }
    },
    /** Â_i = R_i − mean R: Dr. GRPO (Liu et al. 2025, section 3.2), which does not favour questions of small spread. */
    MEAN {
        @Override
        double advantage(float reward, Summary group) {
            return reward - group.mean();
        }
    },
    /** Â_i = R_i − mean of the others = (R_i − mean R) K / (K − 1): RLOO (Ahmadian et al. 2024). */
    LEAVE_ONE_OUT {
        @Override
        double advantage(float reward, Summary group) {
            return (reward - group.mean()) * group.count() / (group.count() - 1);
        }
    };

    private static final double EPSILON = 1e-4;

    abstract double advantage(float reward, Summary group);

    /**
     * One advantage per answer; all 0 where all rewards are equal.
     *
     * @param rewards R of all answers to one prompt, at least two
     */
    public float[] of(float... rewards) {
        if (rewards.length < 2) {
            throw new IllegalArgumentException(
                    "a group must have at least 2 answers to be compared with each other, got " + rewards.length);
        }
        Summary group = Summary.of(rewards);
        float[] advantages = new float[rewards.length];
        for (int i = 0; i < rewards.length; i++) {
            if (!Float.isFinite(rewards[i])) {
                throw new IllegalArgumentException("rewards[" + i + "] must be finite, got " + rewards[i]);
            }
            advantages[i] = (float) advantage(rewards[i], group);
        }
        return advantages;
    }
}
