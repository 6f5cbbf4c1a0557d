package dev.plumbline.benchmarks;

import dev.plumbline.cli.rescore.RunTrajectories;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.rl.batch.Permutation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The answers that a PPO run over a dataset learnt from, as the log has them, in the order in which its steps took them: that
 * in which the run fed their prompts.
 */
final class RecordedSteps {
    private final Run run;
    private final SortedMap<Long, List<Rollout>> steps = new TreeMap<>();

    private RecordedSteps(Run run) {
        this.run = run;
    }

    /** Those of a run that has ended. */
    static RecordedSteps read(Topics topics, Run run) {
        RecordedSteps recorded = new RecordedSteps(run);
        new RunTrajectories(topics, run.getRunId())
                .forEach(trajectory -> recorded.steps
                        .computeIfAbsent(trajectory.getRollout().getStep(), step -> new ArrayList<>())
                        .add(trajectory.getRollout()));
        recorded.steps
                .values()
                .forEach(rollouts -> rollouts.sort(
                        Comparator.comparingLong(rollout -> rollout.getPrompt().getFeedIndex())));
        return recorded;
    }

    /**
     * For a script, of each step: its episodes (prompt, answer, ended), all answers to a prompt one after the other; and its
     * mini-batches, which are numbers of those episodes that are learnt, pass after pass. They presume that a step learns the
     * answers to as many prompts as its spec says, no fewer.
     */
    List<Map<String, Object>> work() {
        return steps.entrySet().stream()
                .map(step -> {
                    List<Map<String, Object>> episodes = step.getValue().stream()
                            .flatMap(RecordedSteps::episodes)
                            .toList();
                    return Map.<String, Object>of("episodes", episodes, "minibatches", minibatches(step.getKey()));
                })
                .toList();
    }

    private static Stream<Map<String, Object>> episodes(Rollout rollout) {
        return rollout.getSamplesList().stream()
                .map(sample -> Map.<String, Object>of(
                        "prompt", rollout.getPromptTokenIdsList(),
                        "answer", sample.getTokenIdsList(),
                        "ended", ended(sample)));
    }

    private static boolean ended(Sample sample) {
        return sample.getFinishReason() != FinishReason.FINISH_REASON_LENGTH;
    }

    private List<int[]> minibatches(long step) {
        PpoSpec spec = run.getSpec().getPpo();
        int episodes = spec.getPromptsPerStep() * spec.getSamplesPerPrompt();
        int size = episodes / spec.getMinibatches();
        if (size * spec.getMinibatches() != episodes) {
            throw new IllegalStateException("step " + step + " has " + episodes + " episodes, which do not divide into "
                    + spec.getMinibatches() + " mini-batches");
        }
        return IntStream.range(0, spec.getInnerEpochs())
                .mapToObj(pass -> Permutation.of(episodes, run.getSpec().getSeed(), step, pass))
                .flatMap(order -> IntStream.range(0, spec.getMinibatches())
                        .mapToObj(part -> IntStream.range(part * size, (part + 1) * size)
                                .map(place -> order[place])
                                .toArray()))
                .toList();
    }
}
