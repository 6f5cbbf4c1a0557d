package dev.plumbline.benchmarks;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/** Seconds from the end of each step to the end of the next, as the run's metrics are stamped. */
final class StepTimes implements RunWatch.Listener {
    private final SortedMap<Long, Long> ends = new TreeMap<>();

    @Override
    public void changed(Run run) {}

    /** A step may have more than one point, of learning and of an evaluation; the first is learning's. */
    @Override
    public void measured(MetricsPoint point) {
        ends.putIfAbsent(point.getStep(), Timestamps.toMillis(point.getTime()));
    }

    @Override
    public void interrupted(String reason) {
        throw new IllegalStateException("the trainer went away: " + reason);
    }

    /** Of the steps after the first {@code warmUp}. */
    Spread seconds(int warmUp) {
        long[] stamps = ends.values().stream().mapToLong(Long::longValue).toArray();
        double[] seconds = new double[stamps.length - 1];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = (stamps[i + 1] - stamps[i]) / 1e3;
        }
        return Spread.of(Arrays.stream(seconds).boxed().toList(), warmUp);
    }

    /** Median, least and most of some seconds. */
    record Spread(double median, double least, double most) {
        /** Without the first {@code warmUp}. */
        static Spread of(List<Double> seconds, int warmUp) {
            double[] sorted = seconds.stream()
                    .skip(warmUp)
                    .flatMapToDouble(DoubleStream::of)
                    .sorted()
                    .toArray();
            if (sorted.length == 0) {
                throw new IllegalStateException(
                        "there are " + seconds.size() + " steps, none after the first " + warmUp);
            }
            return new Spread(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.3f (%.3f-%.3f)", median, least, most);
        }
    }
}
