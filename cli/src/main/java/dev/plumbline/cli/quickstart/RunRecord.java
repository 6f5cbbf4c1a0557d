package dev.plumbline.cli.quickstart;

import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.util.ArrayList;
import java.util.List;

/**
 * A run that has ended well.
 *
 * @param seconds from its creation to its end
 */
record RunRecord(Run run, List<MetricsPoint> points, double seconds) {
    RunRecord {
        points = List.copyOf(points);
    }

    /** The version it published last. */
    String model() {
        return run.getModels(run.getModelsCount() - 1);
    }

    double first(String metric) {
        return series(metric).get(0).value();
    }

    double last(String metric) {
        List<Value> series = series(metric);
        return series.get(series.size() - 1).value();
    }

    double largest(String metric) {
        return series(metric).stream().mapToDouble(Value::value).max().orElse(Double.NaN);
    }

    /** A metric over the steps; a step that was learnt again counts once, by its last value. */
    List<Value> series(String metric) {
        List<Value> values = new ArrayList<>();
        for (MetricsPoint point : points) {
            if (point.containsValues(metric)) {
                values.removeIf(value -> value.step() == point.getStep());
                values.add(new Value(point.getStep(), point.getValuesOrThrow(metric)));
            }
        }
        if (values.isEmpty()) {
            throw new QuickstartException("run " + run.getRunId() + " reported no " + metric);
        }
        return values;
    }

    /** A metric at a step. */
    record Value(long step, double value) {}

    /** Keeps what a watch tells, and tells another. */
    static final class Recorder implements RunWatch.Listener {
        private final RunWatch.Listener shown;
        private final List<MetricsPoint> points = new ArrayList<>();

        Recorder(RunWatch.Listener shown) {
            this.shown = shown;
        }

        List<MetricsPoint> points() {
            return points;
        }

        @Override
        public void changed(Run run) {
            shown.changed(run);
        }

        @Override
        public void measured(MetricsPoint point) {
            points.add(point);
            shown.measured(point);
        }

        @Override
        public void interrupted(String reason) {
            shown.interrupted(reason);
        }
    }
}
