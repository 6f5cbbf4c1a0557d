package dev.plumbline.trainer.ppo;

import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.KlPlacement;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.rl.advantage.AnswerAdvantages;
import dev.plumbline.rl.advantage.GeneralizedAdvantage;
import dev.plumbline.rl.advantage.GroupAdvantage;
import dev.plumbline.rl.kl.KlControl;
import dev.plumbline.rl.kl.KlEstimator;
import dev.plumbline.rl.loss.Aggregation;
import dev.plumbline.rl.loss.ClippedPolicyLoss;
import dev.plumbline.rl.loss.ClippedValueLoss;
import dev.plumbline.rl.loss.EntropyBonus;
import dev.plumbline.rl.loss.KlLoss;
import dev.plumbline.rl.loss.PolicyLoss;
import dev.plumbline.rl.loss.PpoObjective;
import dev.plumbline.rl.loss.SequenceRatioLoss;
import dev.plumbline.rl.reward.MissingEos;
import dev.plumbline.rl.reward.OverlongPenalty;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.spec.SpecConversion;

/**
 * How a step's experience is learnt from.
 *
 * @param temperature of sampling, reference and learner alike
 * @param klInLoss whether the divergence from the reference is a term of the loss, rather than of the reward
 * @param minibatches optimizer steps per pass
 * @param recomputes whether the learner computes log π_old itself, rather than trusting the engine's record: where other
 *     versions may have sampled (η ≥ 1), and where the learner multiplies in other numbers than an engine should
 * @param truncation largest weight π_old / μ of a token, where π_old is recomputed; 0 where every weight is 1
 * @param rejection tokens with a larger weight are left out, where π_old is recomputed and weighted
 */
record PpoSettings(
        float temperature,
        KlControl klControl,
        boolean klInLoss,
        Scoring scoring,
        DynamicSampling sampling,
        Baseline baseline,
        PolicyLoss policyLoss,
        EntropyBonus entropyBonus,
        Aggregation aggregation,
        int innerEpochs,
        int minibatches,
        OptimizerPlan policyOptimizer,
        boolean recomputes,
        double truncation,
        double rejection,
        int microBatchTokens,
        long seed) {
    static PpoSettings of(PpoSpec spec, long seed) {
        long updates = spec.getSteps() * spec.getInnerEpochs() * spec.getMinibatches();
        Scoring scoring = new Scoring(missingEos(spec), overlong(spec));
        return new PpoSettings(
                (float) spec.getTemperature(),
                klControl(spec.getKl()),
                spec.getKlPlacement() == KlPlacement.KL_PLACEMENT_LOSS,
                scoring,
                new DynamicSampling(
                        scoring, spec.getSamplesPerPrompt(), spec.getPromptsPerStep(), spec.getMaxPromptsPerStep()),
                baseline(spec, updates),
                policyLoss(spec),
                new EntropyBonus(spec.getEntropyCoefficient()),
                aggregation(spec),
                spec.getInnerEpochs(),
                spec.getMinibatches(),
                OptimizerPlan.of(spec.getOptimizer(), updates),
                spec.getMaxStaleness() > 0
                        || SpecConversion.gradients(spec.getCourse()).bfloat16(),
                spec.getBehaviourTruncation(),
                offAtZero(spec.getBehaviourRejection()),
                spec.getCourse().getMicroBatchTokens(),
                seed);
    }

    private static double offAtZero(double bound) {
        return bound == 0 ? Double.POSITIVE_INFINITY : bound;
    }

    /**
     * What the policy of a step minimises.
     *
     * @param klCoefficient β
     */
    PpoObjective objective(double klCoefficient) {
        return new PpoObjective(policyLoss, entropyBonus, new KlLoss(KlEstimator.K2, klInLoss ? klCoefficient : 0));
    }

    private static Baseline baseline(PpoSpec spec, long updates) {
        int samples = spec.getSamplesPerPrompt();
        return switch (spec.getAdvantage()) {
            case ADVANTAGE_ESTIMATOR_GAE ->
                new Baseline.Critic(
                        new GeneralizedAdvantage(spec.getDiscount(), spec.getGaeLambda()),
                        spec.getWhitenRewards(),
                        spec.getWhitenAdvantages(),
                        new ClippedValueLoss(offAtZero(spec.getValueClip())),
                        OptimizerPlan.of(spec.getCriticOptimizer(), updates),
                        spec.getBootstrapTruncated());
            case ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD -> withinGroups(GroupAdvantage.MEAN_STD, samples);
            case ADVANTAGE_ESTIMATOR_GROUP_MEAN -> withinGroups(GroupAdvantage.MEAN, samples);
            case ADVANTAGE_ESTIMATOR_LEAVE_ONE_OUT -> withinGroups(GroupAdvantage.LEAVE_ONE_OUT, samples);
            case ADVANTAGE_ESTIMATOR_BATCH -> new Baseline.Answers(new AnswerAdvantages.OverBatch(spec.getDiscount()));
            case ADVANTAGE_ESTIMATOR_GROUP_BASELINE_BATCH ->
                new Baseline.Answers(new AnswerAdvantages.WithinGroupsOverBatch(samples));
            case ADVANTAGE_ESTIMATOR_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("advantage must be resolved, got " + spec.getAdvantage());
        };
    }

    private static Baseline withinGroups(GroupAdvantage advantage, int samples) {
        return new Baseline.Answers(new AnswerAdvantages.WithinGroups(advantage, samples));
    }

    private static PolicyLoss policyLoss(PpoSpec spec) {
        ClippedPolicyLoss clipped = new ClippedPolicyLoss(
                spec.getClipLow(),
                spec.getClipHigh(),
                spec.hasDualClip() ? spec.getDualClip() : Double.POSITIVE_INFINITY);
        return switch (spec.getRatio()) {
            case RATIO_LEVEL_TOKEN -> clipped;
            case RATIO_LEVEL_SEQUENCE -> new SequenceRatioLoss(clipped);
            case RATIO_LEVEL_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("ratio must be resolved, got " + spec.getRatio());
        };
    }

    private static Aggregation aggregation(PpoSpec spec) {
        return switch (spec.getAggregation()) {
            case LOSS_AGGREGATION_TOKEN_MEAN -> new Aggregation.TokenMean();
            case LOSS_AGGREGATION_SEQUENCE_MEAN -> new Aggregation.SequenceMean();
            case LOSS_AGGREGATION_FIXED_LENGTH ->
                new Aggregation.FixedLength(spec.getStopping().getMaxTokens());
            case LOSS_AGGREGATION_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("aggregation must be resolved, got " + spec.getAggregation());
        };
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

    private static OverlongPenalty overlong(PpoSpec spec) {
        return spec.hasOverlongBuffer()
                ? new OverlongPenalty(
                        spec.getStopping().getMaxTokens(), spec.getOverlongBuffer(), spec.getOverlongPenalty())
                : OverlongPenalty.none();
    }
}
