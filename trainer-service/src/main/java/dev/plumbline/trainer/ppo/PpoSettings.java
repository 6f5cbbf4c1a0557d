package dev.plumbline.trainer.ppo;

import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.rl.advantage.GeneralizedAdvantage;
import dev.plumbline.rl.kl.KlControl;
import dev.plumbline.rl.loss.ClippedPolicyLoss;
import dev.plumbline.rl.loss.ClippedValueLoss;
import dev.plumbline.rl.loss.EntropyBonus;
import dev.plumbline.rl.loss.PpoObjective;
import dev.plumbline.rl.reward.MissingEos;
import dev.plumbline.trainer.learn.OptimizerPlan;

/**
 * How a step's experience is learnt from.
 *
 * @param temperature of sampling, reference and learner alike
 * @param minibatches optimizer steps per pass
 * @param recomputes whether the learner computes log π_old itself (η ≥ 1), rather than trusting the engine's record
 * @param truncation largest weight π_old / μ of a token, where π_old is recomputed; 0 where every weight is 1
 * @param rejection tokens with a larger weight are left out, where π_old is recomputed and weighted
 * @param bootstrapsTruncated whether an answer that was cut off is worth the critic's value of its last state beside
 */
record PpoSettings(
        float temperature,
        KlControl klControl,
        MissingEos missingEos,
        GeneralizedAdvantage advantage,
        boolean whitenRewards,
        boolean whitenAdvantages,
        PpoObjective objective,
        ClippedValueLoss valueLoss,
        int innerEpochs,
        int minibatches,
        OptimizerPlan policyOptimizer,
        OptimizerPlan criticOptimizer,
        boolean recomputes,
        double truncation,
        double rejection,
        boolean bootstrapsTruncated,
        int microBatchTokens,
        long seed) {
    static PpoSettings of(PpoSpec spec, long seed) {
        long updates = spec.getSteps() * spec.getInnerEpochs() * spec.getMinibatches();
        return new PpoSettings(
                (float) spec.getTemperature(),
                klControl(spec.getKl()),
                missingEos(spec),
                new GeneralizedAdvantage(spec.getDiscount(), spec.getGaeLambda()),
                spec.getWhitenRewards(),
                spec.getWhitenAdvantages(),
                new PpoObjective(
                        new ClippedPolicyLoss(
                                spec.getClipLow(),
                                spec.getClipHigh(),
                                spec.hasDualClip() ? spec.getDualClip() : Double.POSITIVE_INFINITY),
                        new EntropyBonus(spec.getEntropyCoefficient())),
                new ClippedValueLoss(offAtZero(spec.getValueClip())),
                spec.getInnerEpochs(),
                spec.getMinibatches(),
                OptimizerPlan.of(spec.getOptimizer(), updates),
                OptimizerPlan.of(spec.getCriticOptimizer(), updates),
                spec.getMaxStaleness() > 0,
                spec.getBehaviourTruncation(),
                offAtZero(spec.getBehaviourRejection()),
                spec.getBootstrapTruncated(),
                spec.getCourse().getMicroBatchTokens(),
                seed);
    }

    private static double offAtZero(double bound) {
        return bound == 0 ? Double.POSITIVE_INFINITY : bound;
    }

    private static KlControl klControl(KlPenalty kl) {
        return kl.hasTarget()
                ? new KlControl.Adaptive(kl.getCoefficient(), kl.getTarget(), kl.getHorizon())
                : new KlControl.Fixed(kl.getCoefficient());
    }

    private static MissingEos missingEos(PpoSpec spec) {
        if (spec.hasMissingEosScore()) {
            return new MissingEos.Replace((float) spec.getMissingEosScore());
        }
        return spec.getMissingEosPenalty() == 0
                ? new MissingEos.Keep()
                : new MissingEos.Penalty((float) spec.getMissingEosPenalty());
    }
}
