package dev.plumbline.trainer.spec;

import dev.plumbline.proto.trainer.v1.RewardEvaluation;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;

/** Checks how a fine-tuning run's checkpoints are judged by their answers, and pins the models that judge them. */
final class RewardEvaluationCheck {
    /** What policy-service can still divide by. */
    private static final double LEAST_TEMPERATURE = 1e-6;

    private final Problems problems;
    private final ModelCheck models;
    private final String at;

    /** @param sft path of the run's spec */
    RewardEvaluationCheck(Problems problems, ModelCheck models, String sft) {
        this.problems = problems;
        this.models = models;
        this.at = sft + ".reward_evaluation";
    }

    RewardEvaluation resolve(SftSpec spec) {
        RewardEvaluation given = spec.getRewardEvaluation();
        prompts(spec);
        RewardCheck.reward(problems, at + ".reward", given.getReward());
        RangeCheck.stopping(problems, at + ".stopping", given.getStopping());
        double temperature = given.getTemperature();
        problems.require(
                temperature == 0 || (temperature >= LEAST_TEMPERATURE && Double.isFinite(temperature)),
                at + ".temperature",
                "must be 0, which is greedy, or at least " + LEAST_TEMPERATURE,
                temperature);
        models.output(at + ".output", given.getOutput());
        if (given.getOutput().equals(spec.getOutput())) {
            problems.add(
                    at + ".output",
                    "must be another name than the run's output, got \"" + given.getOutput()
                            + "\" twice: candidates are no results");
        }
        RewardEvaluation.Builder resolved = given.toBuilder();
        RewardCheck.pin(models, at + ".reward", resolved.getRewardBuilder());
        return resolved.build();
    }

    /** The model can give such answers. */
    void answers(SftSpec spec, ModelCheck.Found model) {
        models.promptTokens(at + ".stopping", spec.getRewardEvaluation().getStopping(), model);
    }

    /** There is something to ask. */
    private void prompts(SftSpec spec) {
        if (spec.getObjective() == SftObjective.SFT_OBJECTIVE_TEXT) {
            problems.add(
                    at,
                    "reward_evaluation asks the prompts of demonstrations, which objective TEXT has none of; leave one of"
                            + " them out");
        } else if (spec.getData().getEvalFraction() == 0
                && spec.getData().getEvalPath().isEmpty()) {
            problems.add(
                    at,
                    "reward_evaluation asks the prompts of held-out demonstrations, of which there are none; set"
                            + " data.eval_fraction or data.eval_path");
        }
    }
}
