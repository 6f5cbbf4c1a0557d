package dev.plumbline.trainer.ppo;

import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.rl.Summary;
import dev.plumbline.trainer.answers.Episode;
import dev.plumbline.trainer.answers.Group;
import dev.plumbline.trainer.answers.TrajectoryReading;
import dev.plumbline.trainer.run.RunFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The episodes of a complete step.
 *
 * @param episodes in the order of their prompts, then of their samples
 * @param members prompts of the step
 * @param failures reasons of the prompts that are left out
 */
record StepBatch(long step, List<Episode> episodes, int members, List<String> failures) {

    /** @param trajectories in the order of their prompts */
    static StepBatch of(long step, List<Trajectory> trajectories, TrajectoryReading reading) {
        List<Episode> episodes = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (Trajectory trajectory : trajectories) {
            Group group = reading.read(trajectory);
            if (group instanceof Group.Answered answered) {
                episodes.addAll(answered.episodes());
            } else if (group instanceof Group.Failed failed) {
                failures.add(failed.reason());
            }
        }
        return new StepBatch(step, episodes, trajectories.size(), failures);
    }

    /** Throws unless this share of the prompts can be learnt from. */
    void requireShare(double minimum) {
        int answered = members - failures.size();
        if (answered == 0 || answered < minimum * members) {
            throw new RunFailure("step " + step + ": only " + answered + " of " + members
                    + " prompts were answered without error, min_group_share is " + minimum
                    + (failures.isEmpty() ? "" : "; the first error is " + failures.get(0)));
        }
    }

    /** For people: how many prompts were left out, and why the first was; empty if none was. */
    Optional<String> note() {
        return failures.isEmpty()
                ? Optional.empty()
                : Optional.of("step " + step + ": " + failures.size() + " of " + members
                        + " prompts left out, the first for " + failures.get(0));
    }

    /** Tokens of all episodes, prompts included. */
    long tokens() {
        return episodes.stream()
                .mapToLong(episode -> episode.sequence().ids().length)
                .sum();
    }

    /**
     * What the services delivered, by the metrics' names.
     *
     * @param maxStaleness η: how far the staleness histogram reaches at least
     */
    Map<String, Double> figures(int maxStaleness) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("groups/all", (double) members);
        figures.put("groups/failed", (double) failures.size());
        Summary lengths = summary(episodes.stream()
                .map(episode -> (float) episode.behaviour().length)
                .toList());
        figures.put("completions/mean_length", lengths.mean());
        figures.put("completions/min_length", lengths.min());
        figures.put("completions/max_length", lengths.max());
        long clipped = episodes.stream().filter(episode -> !episode.ended()).count();
        figures.put("completions/clipped_ratio", clipped / (double) episodes.size());
        for (String component : episodes.get(0).components().keySet()) {
            Summary rewards = summary(episodes.stream()
                    .map(episode -> episode.components().getOrDefault(component, Float.NaN))
                    .toList());
            figures.put("rewards/" + component + "/mean", rewards.mean());
            figures.put("rewards/" + component + "/std", Math.sqrt(rewards.biasedVariance()));
        }
        staleness(figures, maxStaleness);
        return figures;
    }

    /** step − 1 − version, per token: how many tokens have each, and its mean and maximum. */
    private void staleness(Map<String, Double> figures, int maxStaleness) {
        for (int staleness = 0; staleness <= maxStaleness; staleness++) {
            figures.put("staleness/" + staleness, 0.0);
        }
        List<Float> stale = new ArrayList<>();
        long outside = 0;
        for (Episode episode : episodes) {
            for (long version : episode.versions()) {
                if (version == Episode.UNKNOWN) {
                    outside++;
                } else {
                    stale.add((float) (step - 1 - version));
                    figures.merge("staleness/" + (step - 1 - version), 1.0, Double::sum);
                }
            }
        }
        Summary summary = summary(stale);
        if (summary.count() > 0) {
            figures.put("staleness/mean", summary.mean());
            figures.put("staleness/max", summary.max());
        }
        figures.put("staleness/outside_lineage", (double) outside);
    }

    private static Summary summary(List<Float> values) {
        float[] array = new float[values.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = values.get(i);
        }
        return Summary.of(array);
    }
}
