package dev.plumbline.e2e;

import com.google.protobuf.Message;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topic;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** How far a step of a run has come: of how many of its prompts a topic has a record, as the log tells. */
final class StepRecords<M extends Message> implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(20);

    private final LogReader<M> reader;
    private final Function<M, Rollout> rollout;
    private final String runId;
    private final long step;
    private final Set<RecordIdentity> prompts = new HashSet<>();

    private StepRecords(Topics topics, Topic<M> topic, Function<M, Rollout> rollout, String runId, long step) {
        this.reader = new LogReader<>(topics, topic);
        this.rollout = rollout;
        this.runId = runId;
        this.step = step;
    }

    /** Prompts that policy-service has answered. */
    static StepRecords<Rollout> answered(Topics topics, String runId, long step) {
        return new StepRecords<>(topics, topics.rollouts(), Function.identity(), runId, step);
    }

    /** Prompts whose answers reward-service has judged. */
    static StepRecords<Trajectory> judged(Topics topics, String runId, long step) {
        return new StepRecords<>(topics, topics.trajectories(), Trajectory::getRollout, runId, step);
    }

    /** How many there are, as far as one look at the log shows. */
    int look() {
        for (Fetched<M> fetched : reader.poll(LOOK)) {
            Rollout found = rollout.apply(((Incoming<M>) fetched).message());
            if (found.getRunId().equals(runId) && found.getStep() == step) {
                prompts.add(RecordIdentity.of(found.getPosition()));
            }
        }
        return prompts.size();
    }

    /** How many there are, everything read that is in the log now. */
    int all() {
        Map<Integer, Long> ends = reader.endOffsets();
        while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
            look();
        }
        return prompts.size();
    }

    @Override
    public void close() {
        reader.close();
    }
}
