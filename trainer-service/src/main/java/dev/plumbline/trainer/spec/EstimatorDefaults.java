package dev.plumbline.trainer.spec;

import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.KlPlacement;
import dev.plumbline.proto.trainer.v1.LossAggregation;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PpoSpecOrBuilder;
import dev.plumbline.proto.trainer.v1.RatioLevel;

/** Defaults of how a policy learns that depend on the choice of advantage and ratio. */
public final class EstimatorDefaults {
    private EstimatorDefaults() {}

    /** Whether a critic learns beside the policy. */
    public static boolean hasCritic(PpoSpecOrBuilder spec) {
        return spec.getAdvantage() == AdvantageEstimator.ADVANTAGE_ESTIMATOR_GAE;
    }

    /** Whether the answers to one prompt are compared with each other. */
    static boolean comparesAnswers(PpoSpecOrBuilder spec) {
        return switch (spec.getAdvantage()) {
            case ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD,
                    ADVANTAGE_ESTIMATOR_GROUP_MEAN,
                    ADVANTAGE_ESTIMATOR_LEAVE_ONE_OUT,
                    ADVANTAGE_ESTIMATOR_GROUP_BASELINE_BATCH -> true;
            case ADVANTAGE_ESTIMATOR_GAE, ADVANTAGE_ESTIMATOR_BATCH, ADVANTAGE_ESTIMATOR_UNSPECIFIED, UNRECOGNIZED ->
                false;
        };
    }

    /** Whether rewards are discounted on their way back to earlier tokens. */
    static boolean discounts(PpoSpecOrBuilder spec) {
        return hasCritic(spec) || spec.getAdvantage() == AdvantageEstimator.ADVANTAGE_ESTIMATOR_BATCH;
    }

    /** Settings without a place, such as those of a critic where there is none, are left as they are given. */
    static void fill(PpoSpec.Builder spec) {
        if (spec.getAdvantage() == AdvantageEstimator.ADVANTAGE_ESTIMATOR_UNSPECIFIED) {
            spec.setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GAE);
        }
        if (spec.getKlPlacement() == KlPlacement.KL_PLACEMENT_UNSPECIFIED) {
            spec.setKlPlacement(klPlacement(spec));
        }
        if (spec.hasOverlongBuffer() && !spec.hasOverlongPenalty()) {
            spec.setOverlongPenalty(1);
        }
        if (!spec.hasMaxPromptsPerStep()) {
            spec.setMaxPromptsPerStep(spec.getPromptsPerStep());
        }
        if (discounts(spec) && !spec.hasDiscount()) {
            spec.setDiscount(1);
        }
        ratio(spec);
        if (hasCritic(spec)) {
            critic(spec);
        }
    }

    /** As the estimators' papers have it; RLOO and REINFORCE++ take it into the reward as PPO does. */
    private static KlPlacement klPlacement(PpoSpecOrBuilder spec) {
        return comparesAnswers(spec) && spec.getAdvantage() != AdvantageEstimator.ADVANTAGE_ESTIMATOR_LEAVE_ONE_OUT
                ? KlPlacement.KL_PLACEMENT_LOSS
                : KlPlacement.KL_PLACEMENT_REWARD;
    }

    private static void ratio(PpoSpec.Builder spec) {
        if (spec.getRatio() == RatioLevel.RATIO_LEVEL_UNSPECIFIED) {
            spec.setRatio(RatioLevel.RATIO_LEVEL_TOKEN);
        }
        boolean ofSequence = spec.getRatio() == RatioLevel.RATIO_LEVEL_SEQUENCE;
        if (spec.getAggregation() == LossAggregation.LOSS_AGGREGATION_UNSPECIFIED) {
            spec.setAggregation(
                    ofSequence
                            ? LossAggregation.LOSS_AGGREGATION_SEQUENCE_MEAN
                            : LossAggregation.LOSS_AGGREGATION_TOKEN_MEAN);
        }
        if (!spec.hasClipLow()) {
            spec.setClipLow(ofSequence ? 3e-4 : 0.2);
        }
        if (!spec.hasClipHigh()) {
            spec.setClipHigh(ofSequence ? 4e-4 : 0.2);
        }
    }

    private static void critic(PpoSpec.Builder spec) {
        if (!spec.hasGaeLambda()) {
            spec.setGaeLambda(0.95);
        }
        if (!spec.hasValueClip()) {
            spec.setValueClip(0.2);
        }
        if (!spec.hasWhitenAdvantages()) {
            spec.setWhitenAdvantages(true);
        }
        if (!spec.hasWhitenRewards()) {
            spec.setWhitenRewards(false);
        }
        if (!spec.hasBootstrapTruncated()) {
            spec.setBootstrapTruncated(false);
        }
    }
}
