package dev.plumbline.trainer.ppo;

import dev.plumbline.rl.advantage.AnswerAdvantages;
import dev.plumbline.rl.advantage.GeneralizedAdvantage;
import dev.plumbline.rl.loss.ClippedValueLoss;
import dev.plumbline.trainer.learn.OptimizerPlan;

/** What rewards are compared with, so that they become advantages. */
sealed interface Baseline {
    /**
     * A critic's values; it learns beside the policy.
     *
     * @param bootstrapsTruncated whether an answer that was cut off is worth what the critic expects from there on
     */
    record Critic(
            GeneralizedAdvantage advantage,
            boolean whitenRewards,
            boolean whitenAdvantages,
            ClippedValueLoss loss,
            OptimizerPlan optimizer,
            boolean bootstrapsTruncated)
            implements Baseline {}

    /** Other answers of the step. */
    record Answers(AnswerAdvantages advantages) implements Baseline {}
}
