package dev.plumbline.trainer.spec;

import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.KlPlacement;
import dev.plumbline.proto.trainer.v1.LossAggregation;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RatioLevel;
import java.util.LinkedHashMap;
import java.util.Map;

/** Choices of how a policy learns that do not exist, or do not go together. */
final class EstimatorCheck {
    private EstimatorCheck() {}

    static void ppo(Problems problems, String at, PpoSpec spec) {
        choices(problems, at, spec);
        if (spec.getAdvantage() == AdvantageEstimator.UNRECOGNIZED) {
            return; // what goes with it is not known
        }
        if (!EstimatorDefaults.hasCritic(spec)) {
            criticSettings(spec).forEach((field, given) -> withoutPlace(problems, at, field, given, "GAE", spec));
        }
        withoutPlace(
                problems,
                at,
                "discount",
                spec.hasDiscount() && !EstimatorDefaults.discounts(spec),
                "GAE or BATCH",
                spec);
        boolean compares = EstimatorDefaults.comparesAnswers(spec);
        problems.require(
                !compares || spec.getSamplesPerPrompt() >= 2,
                at + ".samples_per_prompt",
                "must be >= 2 with advantage " + name(spec) + ", which compares the answers to a prompt",
                spec.getSamplesPerPrompt());
        overlong(problems, at, spec);
        maxPrompts(problems, at, spec, compares);
    }

    private static void choices(Problems problems, String at, PpoSpec spec) {
        problems.require(
                spec.getAdvantage() != AdvantageEstimator.UNRECOGNIZED,
                at + ".advantage",
                "must be GAE, GROUP_MEAN_STD, GROUP_MEAN, LEAVE_ONE_OUT, BATCH or GROUP_BASELINE_BATCH",
                spec.getAdvantageValue());
        problems.require(
                spec.getAggregation() != LossAggregation.UNRECOGNIZED,
                at + ".aggregation",
                "must be TOKEN_MEAN, SEQUENCE_MEAN or FIXED_LENGTH",
                spec.getAggregationValue());
        problems.require(
                spec.getRatio() != RatioLevel.UNRECOGNIZED,
                at + ".ratio",
                "must be TOKEN or SEQUENCE",
                spec.getRatioValue());
        problems.require(
                spec.getKlPlacement() != KlPlacement.UNRECOGNIZED,
                at + ".kl_placement",
                "must be REWARD or LOSS",
                spec.getKlPlacementValue());
    }

    /** The settings that are a critic's, and whether they are given. */
    private static Map<String, Boolean> criticSettings(PpoSpec spec) {
        Map<String, Boolean> settings = new LinkedHashMap<>();
        settings.put("critic", !spec.getCritic().isEmpty());
        settings.put("critic_optimizer", spec.hasCriticOptimizer());
        settings.put("gae_lambda", spec.hasGaeLambda());
        settings.put("value_clip", spec.hasValueClip());
        settings.put("whiten_advantages", spec.hasWhitenAdvantages());
        settings.put("whiten_rewards", spec.hasWhitenRewards());
        settings.put("bootstrap_truncated", spec.hasBootstrapTruncated());
        return settings;
    }

    private static void withoutPlace(
            Problems problems, String at, String field, boolean given, String place, PpoSpec spec) {
        if (given) {
            problems.add(
                    at + "." + field,
                    field + " is read with advantage " + place + " only, not with " + name(spec) + "; leave it out");
        }
    }

    private static void overlong(Problems problems, String at, PpoSpec spec) {
        if (!spec.hasOverlongBuffer()) {
            if (spec.hasOverlongPenalty()) {
                problems.add(
                        at + ".overlong_penalty",
                        "overlong_penalty grows over the tokens of overlong_buffer; set that too, or leave it out");
            }
            return;
        }
        int limit = spec.getStopping().getMaxTokens();
        problems.require(
                spec.getOverlongBuffer() >= 1 && spec.getOverlongBuffer() <= limit,
                at + ".overlong_buffer",
                "must be in [1, " + limit + "], the most tokens of an answer (stopping.max_tokens)",
                spec.getOverlongBuffer());
        problems.require(
                spec.getOverlongPenalty() >= 0 && Double.isFinite(spec.getOverlongPenalty()),
                at + ".overlong_penalty",
                "must be >= 0",
                spec.getOverlongPenalty());
    }

    private static void maxPrompts(Problems problems, String at, PpoSpec spec, boolean compares) {
        String field = at + ".max_prompts_per_step";
        problems.require(
                spec.getMaxPromptsPerStep() >= spec.getPromptsPerStep(),
                field,
                "must be at least the " + spec.getPromptsPerStep() + " of prompts_per_step",
                spec.getMaxPromptsPerStep());
        if (spec.getMaxPromptsPerStep() > spec.getPromptsPerStep() && !compares) {
            problems.add(
                    field,
                    "max_prompts_per_step replaces prompts whose answers teach nothing since they all score the same,"
                            + " which is not so with advantage " + name(spec)
                            + "; leave it out, or take an advantage that compares the answers to a prompt");
        }
    }

    private static String name(PpoSpec spec) {
        return spec.getAdvantage().name().substring("ADVANTAGE_ESTIMATOR_".length());
    }
}
