package dev.plumbline.trainer.answers;

import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.MalformedRecordException;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jboss.logging.Logger;

/**
 * Collects what came of prompts, each once: by identity for the members of open steps, by id for evaluation prompts. The
 * first record in the log wins; whatever belongs to no open step is a repeat or none of this run's business.
 */
public final class TrajectoryCollector implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(TrajectoryCollector.class);

    private final String runId;
    private final LogReader<Trajectory> reader;
    /** Members of open steps, by the identity of their prompt. */
    private final Map<RecordIdentity, OpenStep> stepOf = new HashMap<>();

    private final TreeMap<Long, OpenStep> open = new TreeMap<>();
    private final ToLongFunction<String> evaluationStep;
    /** Answers to evaluation prompts, by the prompt's id. */
    private final TreeMap<String, Found> evaluated = new TreeMap<>();

    private long evaluatedUpTo;
    private long repeated;

    private record Found(Trajectory trajectory, RecordIdentity place) {}

    private static final class OpenStep {
        private final Set<RecordIdentity> members = new HashSet<>();
        private final TreeMap<RecordIdentity, Trajectory> found = new TreeMap<>();
        /** By partition, the lowest offset of what was found. */
        private final Map<Integer, Long> lowest = new HashMap<>();
    }

    /**
     * @param from by partition, the offset to read from
     * @param evaluationStep the step that an evaluation prompt of this id belongs to
     * @param evaluatedUpTo the last step whose evaluation is complete; -1 for none
     */
    public TrajectoryCollector(
            Topics topics,
            String runId,
            Map<Integer, Long> from,
            ToLongFunction<String> evaluationStep,
            long evaluatedUpTo) {
        this.runId = runId;
        this.evaluationStep = evaluationStep;
        this.evaluatedUpTo = evaluatedUpTo;
        this.reader = new LogReader<>(topics, topics.trajectories());
        from.forEach(reader::seek);
    }

    public String topicId() {
        return reader.topicId();
    }

    /** Adds members to a step, from which on their trajectories are collected. */
    public void expect(long step, Collection<RecordIdentity> members) {
        OpenStep opened = open.computeIfAbsent(step, number -> new OpenStep());
        opened.members.addAll(members);
        members.forEach(member -> stepOf.put(member, opened));
    }

    /** A member that is no prompt: nobody can answer it, and its trajectory is the error that says so. */
    public void unreadable(long step, RecordIdentity member, MalformedRecordException problem) {
        Rollout.Builder rollout = Rollout.newBuilder()
                .setPosition(member.toLogPosition())
                .setRunId(runId)
                .setStep(step);
        RecordError error = RecordError.newBuilder()
                .setReason(problem.reason())
                .setMessage(String.valueOf(problem.getMessage()))
                .build();
        OpenStep opened = open.get(step);
        if (opened != null) {
            opened.found.putIfAbsent(
                    member,
                    Trajectory.newBuilder().setRollout(rollout).setError(error).build());
        }
    }

    /** Reads what has come; returns how many records that were. */
    public int poll(Duration timeout) {
        List<Fetched<Trajectory>> fetched = reader.poll(timeout);
        for (Fetched<Trajectory> record : fetched) {
            if (record instanceof Incoming<Trajectory> incoming) {
                take(incoming.message(), incoming.identity());
            } else {
                LOG.warnf("trajectory %s cannot be read and is passed over", record.identity());
            }
        }
        return fetched.size();
    }

    private void take(Trajectory trajectory, RecordIdentity place) {
        Rollout rollout = trajectory.getRollout();
        if (rollout.getPrompt().getPurpose() == Purpose.PURPOSE_EVALUATION) {
            takeEvaluation(trajectory, place);
            return;
        }
        if (!rollout.hasPosition()) {
            return;
        }
        RecordIdentity prompt = RecordIdentity.of(rollout.getPosition());
        OpenStep step = stepOf.get(prompt);
        if (step != null) {
            if (step.found.putIfAbsent(prompt, trajectory) == null) {
                step.lowest.merge(place.partition(), place.offset(), Math::min);
            } else {
                repeated++;
            }
        } else if (rollout.getRunId().equals(runId)) {
            repeated++;
        }
    }

    private void takeEvaluation(Trajectory trajectory, RecordIdentity place) {
        Prompt prompt = trajectory.getRollout().getPrompt();
        if (prompt.getRunId().equals(runId) && evaluationStep.applyAsLong(prompt.getId()) > evaluatedUpTo) {
            evaluated.putIfAbsent(prompt.getId(), new Found(trajectory, place));
        }
    }

    /** How many members a step has so far. */
    public int members(long step) {
        OpenStep opened = open.get(step);
        return opened == null ? 0 : opened.members.size();
    }

    /** By partition of the prompts, how many members of a step have no trajectory yet. */
    public SortedMap<Integer, Integer> missing(long step) {
        SortedMap<Integer, Integer> missing = new TreeMap<>();
        OpenStep opened = open.get(step);
        if (opened != null) {
            for (RecordIdentity member : opened.members) {
                if (!opened.found.containsKey(member)) {
                    missing.merge(member.partition(), 1, Integer::sum);
                }
            }
        }
        return missing;
    }

    /**
     * A step's trajectories in the order in which the run fed their prompts, then those of other producers in that of their
     * prompts' identities. Sums depend on the order, and a fed prompt's partition on the run's id, so that by identity alone
     * two runs of one spec would differ in their last bits.
     */
    public List<Trajectory> trajectories(long step) {
        OpenStep opened = open.get(step);
        return opened == null
                ? List.of()
                : opened.found.values().stream()
                        .sorted(Comparator.comparingLong(this::feedIndex))
                        .toList();
    }

    private long feedIndex(Trajectory trajectory) {
        Prompt prompt = trajectory.getRollout().getPrompt();
        return prompt.hasFeedIndex() && prompt.getRunId().equals(runId) ? prompt.getFeedIndex() : Long.MAX_VALUE;
    }

    /** From now on all that comes of a step is a repeat. */
    public void finish(long step) {
        OpenStep finished = open.remove(step);
        if (finished != null) {
            finished.members.forEach(stepOf::remove);
        }
    }

    /** How many of these evaluation prompts have no answer yet. */
    public int evaluationMissing(List<String> ids) {
        return (int) ids.stream().filter(id -> !evaluated.containsKey(id)).count();
    }

    /** The answers to these evaluation prompts, in their order. */
    public List<Trajectory> evaluation(List<String> ids) {
        return ids.stream()
                .flatMap(id -> Optional.ofNullable(evaluated.get(id)).stream())
                .map(Found::trajectory)
                .toList();
    }

    /** From now on all that comes of the evaluation after a step is a repeat. */
    public void finishEvaluation(long step) {
        evaluatedUpTo = step;
        evaluated.keySet().removeIf(id -> evaluationStep.applyAsLong(id) <= step);
    }

    /** Trajectories that were left aside because their prompt had one already. */
    public long repeated() {
        return repeated;
    }

    /** By partition, the lowest offset that a restart has to read again: what is still open, else what was not read yet. */
    public Map<Integer, Long> resumeOffsets() {
        Map<Integer, Long> offsets = new TreeMap<>();
        for (int partition = 0; partition < reader.partitions(); partition++) {
            offsets.put(partition, reader.position(partition));
        }
        open.values()
                .forEach(step ->
                        step.lowest.forEach((partition, offset) -> offsets.merge(partition, offset, Math::min)));
        for (Found found : evaluated.values()) {
            offsets.merge(found.place().partition(), found.place().offset(), Math::min);
        }
        return offsets;
    }

    /** Whether everything that is there now has been read. */
    public boolean atEnd() {
        return reader.endOffsets().entrySet().stream().allMatch(end -> reader.position(end.getKey()) >= end.getValue());
    }

    /** By partition, one past the last record that is there now. */
    public static Map<Integer, Long> end(Topics topics) {
        try (LogReader<Trajectory> reader = new LogReader<>(topics, topics.trajectories())) {
            return reader.endOffsets();
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
