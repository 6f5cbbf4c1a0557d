package dev.plumbline.benchmarks;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;

/** Follows a run for what it reaches: the reward of held-out prompts, and how stale its tokens were. */
final class RewardWatch implements RunWatch.Listener {
    private double before = Double.NaN;
    private double after = Double.NaN;
    private double staleness;
    private int steps;

    @Override
    public void changed(Run run) {}

    @Override
    public void measured(MetricsPoint point) {
        if (point.containsValues("eval/reward")) {
            after = point.getValuesOrThrow("eval/reward");
            before = Double.isNaN(before) ? after : before;
        }
        if (point.containsValues("staleness/mean")) {
            staleness += point.getValuesOrThrow("staleness/mean");
            steps++;
        }
    }

    @Override
    public void interrupted(String reason) {
        throw new IllegalStateException("the trainer went away: " + reason);
    }

    StaleLearning.Outcome outcome(Run run) {
        double seconds = Durations.toNanos(Timestamps.between(run.getStartedAt(), run.getEndedAt())) / 1e9;
        return new StaleLearning.Outcome(before, after, seconds, staleness / Math.max(1, steps));
    }
}
