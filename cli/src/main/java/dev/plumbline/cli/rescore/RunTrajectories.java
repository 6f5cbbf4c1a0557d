package dev.plumbline.cli.rescore;

import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The judged answers to a run's training prompts, as the log has them. */
public final class RunTrajectories {
    private static final Duration LOOK = Duration.ofMillis(500);

    private final Topics topics;
    private final String runId;

    /** Those of one run. */
    public RunTrajectories(Topics topics, String runId) {
        this.topics = topics;
        this.runId = runId;
    }

    /** Hands on all that are there at the time of the call and without error, each prompt's first one. */
    public void forEach(Consumer<Trajectory> reader) {
        Set<RecordIdentity> seen = new HashSet<>();
        try (LogReader<Trajectory> log = new LogReader<>(topics, topics.trajectories())) {
            log.beginningOffsets().forEach(log::seek);
            Map<Integer, Long> end = log.endOffsets();
            while (end.entrySet().stream().anyMatch(entry -> log.position(entry.getKey()) < entry.getValue())) {
                for (Fetched<Trajectory> record : log.poll(LOOK)) {
                    if (record instanceof Incoming<Trajectory> incoming
                            && isOfRun(incoming.message())
                            && seen.add(RecordIdentity.of(
                                    incoming.message().getRollout().getPosition()))) {
                        reader.accept(incoming.message());
                    }
                }
            }
        }
    }

    private boolean isOfRun(Trajectory trajectory) {
        return trajectory.getRollout().getRunId().equals(runId)
                && trajectory.getRollout().hasStep()
                && !trajectory.hasError()
                && !trajectory.getRollout().hasError();
    }
}
