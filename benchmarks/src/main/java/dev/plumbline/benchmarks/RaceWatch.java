package dev.plumbline.benchmarks;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.cli.launch.House;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Follows a run for when it reaches a reward, and for how busy the sides of its house are in a step. */
final class RaceWatch implements RunWatch.Listener {
    /** Steps before those whose time counts. */
    static final int WARM_UP = 2;

    /** A step's reward is taken as the mean of it and those before, so many together. */
    private static final int WINDOW = 4;

    private static final String REWARD = "objective/scores";

    private final House house;
    private final SortedMap<Long, MetricsPoint> points = new TreeMap<>();
    private @Nullable BusyTime before;
    private @Nullable BusyTime after;

    RaceWatch(House house) {
        this.house = house;
    }

    @Override
    public void changed(Run run) {}

    @Override
    public void measured(MetricsPoint point) {
        if (!point.containsValues(REWARD)) {
            return;
        }
        points.put(point.getStep(), point);
        after = BusyTime.of(house);
        if (point.getStep() == WARM_UP) {
            before = after;
        }
    }

    @Override
    public void interrupted(String reason) {
        throw new IllegalStateException("the trainer went away: " + reason);
    }

    /** What was seen, once the run has ended. */
    RaceOutcome outcome(Run run, double target) {
        if (before == null || after == null || points.lastKey() <= WARM_UP) {
            throw new IllegalStateException("run " + run.getRunId() + " has no step after " + WARM_UP);
        }
        long last = points.lastKey();
        long reached = points.keySet().stream()
                .filter(step -> step >= WINDOW && reward(step) >= target)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("run " + run.getRunId() + " came to a reward of "
                        + reward(last) + ", which is less than " + target + "; let it take more steps"));
        return new RaceOutcome(
                seconds(run.getStartedAt(), time(reached)),
                (double) reached,
                seconds(time(WARM_UP), time(last)) / (last - WARM_UP),
                after.perStep(before, last - WARM_UP));
    }

    private Timestamp time(long step) {
        MetricsPoint point = points.get(step);
        if (point == null) {
            throw new IllegalStateException("there are no metrics of step " + step);
        }
        return point.getTime();
    }

    private double reward(long step) {
        return points.subMap(step - WINDOW + 1, step + 1).values().stream()
                .mapToDouble(point -> point.getValuesOrThrow(REWARD))
                .average()
                .orElseThrow();
    }

    private static double seconds(Timestamp from, Timestamp to) {
        return Durations.toNanos(Timestamps.between(from, to)) / 1e9;
    }
}
