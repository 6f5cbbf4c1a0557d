package dev.plumbline.trainer.spec;

import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.trainer.v1.GoldReward;
import dev.plumbline.proto.trainer.v1.GuardrailAction;
import dev.plumbline.proto.trainer.v1.Guardrails;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Checks the bounds of a run's figures. */
final class GuardrailsCheck {
    private static final String AT = "spec.guardrails";

    private GuardrailsCheck() {}

    static void check(Problems problems, RunSpec spec) {
        if (!spec.hasGuardrails()) {
            return;
        }
        Guardrails rails = spec.getGuardrails();
        ofPpo(rails).forEach((name, bound) -> notNegative(problems, name, bound));
        if (rails.hasMaxGradientNorm()) {
            notNegative(problems, "max_gradient_norm", rails.getMaxGradientNorm());
        }
        if (rails.hasMaxTruncationRate()) {
            problems.require(
                    rails.getMaxTruncationRate() <= 1,
                    AT + ".max_truncation_rate",
                    "must be in [0, 1]",
                    rails.getMaxTruncationRate());
        }
        problems.require(rails.getPatience() >= 1, AT + ".patience", "must be >= 1", rails.getPatience());
        problems.require(
                rails.getAction() != GuardrailAction.UNRECOGNIZED,
                AT + ".action",
                "must be HALT or ROLLBACK",
                rails.getActionValue());
        if (spec.hasPpo()) {
            if (rails.hasRewardAgainstGold()) {
                gold(problems, rails.getRewardAgainstGold(), spec);
            }
        } else {
            onlyPpo(problems, rails);
        }
    }

    private static void gold(Problems problems, GoldReward gold, RunSpec spec) {
        String at = AT + ".reward_against_gold";
        List<String> components = spec.getPpo().getReward().getComponentsList().stream()
                .map(RewardComponentSpec::getName)
                .toList();
        problems.require(
                components.contains(gold.getComponent()),
                at + ".component",
                "must be a component of the reward, one of " + components,
                "\"" + gold.getComponent() + "\"");
        problems.require(
                gold.getMaxFall() >= 0 && Double.isFinite(gold.getMaxFall()),
                at + ".max_fall",
                "must be >= 0",
                gold.getMaxFall());
    }

    private static void onlyPpo(Problems problems, Guardrails rails) {
        for (String name : ofPpo(rails).keySet()) {
            problems.add(AT + "." + name, name + " is measured by PPO only; leave it out");
        }
        if (rails.hasRewardAgainstGold()) {
            problems.add(AT + ".reward_against_gold", "reward_against_gold is measured by PPO only; leave it out");
        }
    }

    /** The bounds of figures that only PPO has, as far as they are set. */
    private static Map<String, Double> ofPpo(Guardrails rails) {
        Map<String, Double> bounds = new LinkedHashMap<>();
        if (rails.hasMaxKl()) {
            bounds.put("max_kl", rails.getMaxKl());
        }
        if (rails.hasMaxRatioError()) {
            bounds.put("max_ratio_error", rails.getMaxRatioError());
        }
        if (rails.hasMaxMismatchKl()) {
            bounds.put("max_mismatch_kl", rails.getMaxMismatchKl());
        }
        if (rails.hasMinEntropy()) {
            bounds.put("min_entropy", rails.getMinEntropy());
        }
        if (rails.hasMaxTruncationRate()) {
            bounds.put("max_truncation_rate", rails.getMaxTruncationRate());
        }
        return bounds;
    }

    private static void notNegative(Problems problems, String name, double bound) {
        problems.require(bound >= 0 && Double.isFinite(bound), AT + "." + name, "must be >= 0", bound);
    }
}
