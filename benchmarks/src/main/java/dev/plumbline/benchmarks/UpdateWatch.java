package dev.plumbline.benchmarks;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.cli.launch.House;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Follows a PPO run and reads the house's meters at the beginning and at the end of the updates that count. */
final class UpdateWatch implements RunWatch.Listener {
    private static final Duration POLL = Duration.ofMillis(500);

    private final House house;
    private final long from;
    private final long to;
    private final SortedMap<Long, MetricsPoint> points = new TreeMap<>();
    private @Nullable HouseMeters before;
    private @Nullable HouseMeters after;

    /** Updates {@code from + 1} to {@code to} count. */
    UpdateWatch(House house, long from, long to) {
        this.house = house;
        this.from = from;
        this.to = to;
    }

    @Override
    public void changed(Run run) {}

    /** An update is over when its metrics come; the policy has not begun to load the next version yet. */
    @Override
    public void measured(MetricsPoint point) {
        points.put(point.getStep(), point);
        if (point.getStep() == from) {
            before = HouseMeters.read(house);
        } else if (point.getStep() == to) {
            after = HouseMeters.read(house);
        }
    }

    @Override
    public void interrupted(String reason) {
        throw new IllegalStateException("the trainer went away: " + reason);
    }

    /** What the updates cost, once the run has ended. */
    UpdateCosts costs(Topics topics, String runId) {
        if (before == null || after == null) {
            throw new IllegalStateException("the run ended without update " + to);
        }
        Map<Long, Long> published = published(topics, runId);
        int updates = (int) (to - from);
        double[] seconds = new double[updates];
        double learning = 0;
        double writing = 0;
        double checkpoint = 0;
        int checkpoints = 0;
        for (int i = 0; i < updates; i++) {
            MetricsPoint point = point(from + 1 + i);
            seconds[i] = (millis(point) - millis(point(from + i))) / 1e3;
            learning += value(point, "time/learn");
            // From the end of learning to the record that announces the version: files are written and digested.
            double announced = (published.getOrDefault(point.getStep(), millis(point)) - millis(point)) / 1e3;
            writing += value(point, "time/publish") + announced;
            // Of the step before, if a checkpoint followed it.
            double writingCheckpoint = point.getValuesOrDefault("time/checkpoint", 0);
            checkpoint += writingCheckpoint;
            checkpoints += writingCheckpoint > 0 ? 1 : 0;
        }
        return new UpdateCosts(
                seconds, learning / updates, writing / updates, checkpoint / checkpoints, after.since(before), updates);
    }

    private MetricsPoint point(long step) {
        MetricsPoint point = points.get(step);
        if (point == null) {
            throw new IllegalStateException("there are no metrics of update " + step);
        }
        return point;
    }

    private static long millis(MetricsPoint point) {
        return Timestamps.toMillis(point.getTime());
    }

    private static double value(MetricsPoint point, String name) {
        return point.getValuesOrThrow(name);
    }

    /** By step: when its version was announced, in milliseconds of the trainer's clock. */
    private static Map<Long, Long> published(Topics topics, String runId) {
        Map<Long, Long> published = new HashMap<>();
        try (LogReader<ModelPublished> reader = new LogReader<>(topics, topics.models())) {
            Map<Integer, Long> ends = reader.endOffsets();
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                for (Fetched<ModelPublished> fetched : reader.poll(POLL)) {
                    if (fetched instanceof Incoming<ModelPublished> incoming
                            && incoming.message().getRunId().equals(runId)) {
                        published.put(
                                incoming.message().getStep(),
                                incoming.origin().timestamp().toEpochMilli());
                    }
                }
            }
        }
        return published;
    }
}
