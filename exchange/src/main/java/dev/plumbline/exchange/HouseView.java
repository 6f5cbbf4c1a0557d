package dev.plumbline.exchange;

import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Window;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which runs, steps and models exist, folded from the feeds: the same records in the same order give the same view in
 * every service. Safe for several threads.
 */
public final class HouseView {

    private static final Set<RunState> ENDED =
            EnumSet.of(RunState.RUN_STATE_SUCCEEDED, RunState.RUN_STATE_FAILED, RunState.RUN_STATE_CANCELLED);

    private final Map<String, RunContract> runs = new TreeMap<>();
    private final TreeMap<ModelVersion, ModelPublished> models = new TreeMap<>();
    private final Map<String, List<StepAdmitted>> steps = new HashMap<>();
    private final Set<Instalment> instalments = new HashSet<>();
    private final Map<Lane, TreeMap<Long, Claim>> claims = new HashMap<>();

    /** The feeds this view is folded from, to be given to a {@link FeedReader}. */
    public List<Feed<?>> feeds(Topics topics) {
        return List.of(
                new Feed<>(topics.runs(), (key, run) -> run.ifPresentOrElse(this::apply, () -> forgetRun(key))),
                new Feed<>(
                        topics.models(),
                        (key, model) -> model.ifPresentOrElse(this::apply, () -> forget(ModelVersion.parse(key)))),
                new Feed<>(topics.steps(), (key, step) -> step.ifPresent(this::apply)));
    }

    /** Adds a run or its new state. */
    public synchronized void apply(RunContract run) {
        runs.put(run.getRunId(), run);
    }

    /** Adds a model version. */
    public synchronized void apply(ModelPublished model) {
        models.put(new ModelVersion(model.getName(), model.getVersion()), model);
    }

    /** Adds a step's admission. What was admitted first stands: a repeat changes nothing. */
    public synchronized void apply(StepAdmitted step) {
        ModelVersion minimum = ModelVersion.parse(step.getMinPolicy());
        if (!instalments.add(new Instalment(step.getRunId(), step.getStep(), step.getInstalment()))) {
            return;
        }
        steps.computeIfAbsent(step.getRunId(), run -> new ArrayList<>()).add(step);
        for (Window window : step.getWindowsList()) {
            claims.computeIfAbsent(new Lane(step.getTopicId(), window.getPartition()), lane -> new TreeMap<>())
                    .put(
                            window.getFromOffset(),
                            new Claim(window.getToOffset(), step.getRunId(), step.getStep(), minimum));
        }
    }

    /** Removes a deleted model version. */
    public synchronized void forget(ModelVersion model) {
        models.remove(model);
    }

    /** A run's contract in its last state. */
    public synchronized Optional<RunContract> run(String runId) {
        return Optional.ofNullable(runs.get(runId));
    }

    /** All runs. */
    public synchronized Collection<RunContract> runs() {
        return List.copyOf(runs.values());
    }

    /** Whether a run is known to have ended; nobody needs answers to its prompts any more. */
    public synchronized boolean hasEnded(String runId) {
        RunContract run = runs.get(runId);
        return run != null && ENDED.contains(run.getState());
    }

    /** A run's admissions in the order they were decided. */
    public synchronized List<StepAdmitted> steps(String runId) {
        return List.copyOf(steps.getOrDefault(runId, List.of()));
    }

    /**
     * What is to be done with a training prompt.
     *
     * @param record its place in the log
     * @param runId the run whose feed it is from; empty for other producers
     */
    public synchronized Admission admission(RecordIdentity record, String runId) {
        if (!runId.isEmpty() && hasEnded(runId)) {
            return new Admission.PassedOver("run " + runId + " has ended");
        }
        TreeMap<Long, Claim> lane = claims.get(new Lane(record.topicId(), record.partition()));
        if (lane == null) {
            return new Admission.Waiting("no step has admitted it yet");
        }
        Map.Entry<Long, Claim> before = lane.floorEntry(record.offset());
        if (before != null && record.offset() < before.getValue().to()) {
            return claimed(before.getValue(), runId);
        }
        // Windows only grow: what lies below one is never admitted any more.
        return lane.higherKey(record.offset()) != null
                ? new Admission.PassedOver("later prompts were admitted without it")
                : new Admission.Waiting("no step has admitted it yet");
    }

    /** One past the last admitted offset of a partition of training prompts; 0 if none was admitted. */
    public synchronized long admittedUpTo(String topicId, int partition) {
        TreeMap<Long, Claim> lane = claims.get(new Lane(topicId, partition));
        return lane == null ? 0 : lane.lastEntry().getValue().to();
    }

    /** A published version that was not deleted. */
    public synchronized Optional<ModelPublished> model(ModelVersion version) {
        return Optional.ofNullable(models.get(version));
    }

    /** All published versions, by name and version. */
    public synchronized List<ModelPublished> models() {
        return List.copyOf(models.values());
    }

    /** The newest version of a name. */
    public synchronized Optional<ModelPublished> newest(String name) {
        return newest(name, model -> true);
    }

    /** The newest policy of a run: training prompts are answered by no other. */
    public synchronized Optional<ModelPublished> newestOfRun(String runId) {
        RunContract run = runs.get(runId);
        return run == null
                ? Optional.empty()
                : newest(run.getPolicy(), model -> model.getRunId().equals(runId));
    }

    private synchronized void forgetRun(String runId) {
        runs.remove(runId);
    }

    private Admission claimed(Claim claim, String runId) {
        if (!runId.isEmpty() && !runId.equals(claim.runId())) {
            return new Admission.PassedOver("it is of run " + runId + ", its window of run " + claim.runId());
        }
        if (hasEnded(claim.runId())) {
            return new Admission.PassedOver("run " + claim.runId() + " has ended");
        }
        RunContract run = runs.get(claim.runId());
        return run == null
                ? new Admission.Waiting("the contract of run " + claim.runId() + " has not arrived yet")
                : new Admission.Member(run, claim.step(), claim.minimum());
    }

    private Optional<ModelPublished> newest(String name, Predicate<ModelPublished> eligible) {
        return models
                .subMap(new ModelVersion(name, 1), true, new ModelVersion(name, Long.MAX_VALUE), true)
                .descendingMap()
                .values()
                .stream()
                .filter(eligible)
                .findFirst();
    }

    private record Lane(String topicId, int partition) {}

    private record Instalment(String runId, long step, int number) {}

    private record Claim(long to, String runId, long step, ModelVersion minimum) {}
}
