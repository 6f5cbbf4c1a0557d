package dev.plumbline.rl.advantage;

import dev.plumbline.rl.TokenMask;

/** Advantages by comparing the rewards of a step's answers, without a value function. */
public sealed interface AnswerAdvantages {
    /**
     * Advantages per token, 0 outside the mask.
     *
     * @param rewards per token, [answer][token]; the answers to one prompt one after the other
     * @param mask of the whole step
     */
    float[][] estimate(float[][] rewards, TokenMask mask);

    /**
     * Every token of an answer has the advantage of the answer over the others to its prompt: GRPO, Dr. GRPO, RLOO.
     *
     * @param size answers to each prompt
     */
    record WithinGroups(GroupAdvantage advantage, int size) implements AnswerAdvantages {
        public WithinGroups {
            if (size < 2) {
                throw new IllegalArgumentException("size of a group must be >= 2 answers, got " + size);
            }
        }

        @Override
        public float[][] estimate(float[][] rewards, TokenMask mask) {
            mask.requireFinite("rewards", rewards);
            if (rewards.length % size != 0) {
                throw new IllegalArgumentException(
                        "rewards must be of whole groups of " + size + " answers, got " + rewards.length + " answers");
            }
            float[][] advantages = mask.zeros();
            for (int first = 0; first < rewards.length; first += size) {
                float[] totals = new float[size];
                for (int i = 0; i < size; i++) {
                    totals[i] = total(rewards[first + i], first + i, mask);
                }
                float[] ofGroup = advantage.of(totals);
                for (int i = 0; i < size; i++) {
                    spread(ofGroup[i], advantages[first + i], first + i, mask);
                }
            }
            return advantages;
        }

        private static float total(float[] rewards, int row, TokenMask mask) {
            double total = 0;
            for (int token = 0; token < rewards.length; token++) {
                total += mask.includes(row, token) ? rewards[token] : 0;
            }
            return (float) total;
        }

        private static void spread(float advantage, float[] advantages, int row, TokenMask mask) {
            for (int token = 0; token < advantages.length; token++) {
                advantages[token] = mask.includes(row, token) ? advantage : 0;
            }
        }
    }

    /**
     * Every token has the rewards from it on, r_t + γ r_{t+1} + γ² r_{t+2} …, standardized over the step's tokens:
     * REINFORCE++ (Hu et al. 2025), where r_t has the penalty −β KL_t and the last token the score.
     *
     * @param discount γ per token, in [0, 1]
     */
    record OverBatch(double discount) implements AnswerAdvantages {
        @Override
        public float[][] estimate(float[][] rewards, TokenMask mask) {
            // With λ = 1 and V = 0, generalized advantages are the discounted rewards to go.
            float[][] toGo = new GeneralizedAdvantage(discount, 1)
                    .estimate(rewards, mask.zeros(), mask)
                    .advantages();
            return BatchStandardization.standardize(toGo, mask);
        }
    }

    /**
     * The advantage over the mean of the prompt's answers, standardized over the step's tokens: REINFORCE++-baseline (Hu et
     * al. 2025).
     *
     * @param size answers to each prompt
     */
    record WithinGroupsOverBatch(int size) implements AnswerAdvantages {
        @Override
        public float[][] estimate(float[][] rewards, TokenMask mask) {
            return BatchStandardization.standardize(
                    new WithinGroups(GroupAdvantage.MEAN, size).estimate(rewards, mask), mask);
        }
    }
}
