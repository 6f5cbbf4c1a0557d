package dev.plumbline.trainer.ppo;

import dev.plumbline.trainer.answers.Episode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Leaves out the prompts whose answers all score the same, and has others take their place (Yu et al. 2025, eq. 11): where no
 * answer is better than another there is nothing to learn.
 *
 * @param samples answers to each prompt
 * @param prompts that a step should learn from
 * @param most prompts that a step may ask for their sake; as many as {@code prompts}: nothing is left out
 */
record DynamicSampling(Scoring scoring, int samples, int prompts, int most) {
    /** How many prompts more a step wants whose answers are all there. */
    int wanted(StepBatch step) {
        return isOff() ? 0 : Math.max(0, Math.min(prompts - (step.members() - equal(step)), most - step.members()));
    }

    /** What of a step is learnt: the prompts whose answers do not score the same, or all if there are none. */
    StepBatch learnt(StepBatch step) {
        if (isOff()) {
            return step;
        }
        List<Episode> kept = new ArrayList<>();
        for (List<Episode> answers : groups(step)) {
            if (!scoring.allEqual(answers)) {
                kept.addAll(answers);
            }
        }
        return kept.isEmpty() ? step : new StepBatch(step.step(), kept, step.members(), step.failures());
    }

    /** By the metrics' names. */
    Map<String, Double> figures(StepBatch step) {
        if (samples == 1) {
            return Map.of();
        }
        int equal = equal(step);
        double share = equal / (double) groups(step).size();
        int leftOut = learnt(step).episodes().size() < step.episodes().size() ? equal : 0;
        return Map.of("frac_reward_zero_std", share, "groups/equal", (double) leftOut);
    }

    private boolean isOff() {
        return most == prompts;
    }

    private int equal(StepBatch step) {
        return (int) groups(step).stream().filter(scoring::allEqual).count();
    }

    private List<List<Episode>> groups(StepBatch step) {
        List<List<Episode>> groups = new ArrayList<>();
        for (int first = 0; first < step.episodes().size(); first += samples) {
            groups.add(step.episodes().subList(first, first + samples));
        }
        return groups;
    }
}
