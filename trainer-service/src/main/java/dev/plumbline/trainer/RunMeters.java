package dev.plumbline.trainer;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.run.Runs;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;

/** The runs as gauges: how many wait, how far the active one is, and the last value of each of its metrics. */
final class RunMeters {
    private final MeterRegistry registry;
    private final Runs runs;

    RunMeters(MeterRegistry registry, Runs runs) {
        this.registry = registry;
        this.runs = runs;
    }

    void register() {
        Gauge.builder("plumbline.trainer.runs.waiting", runs, RunMeters::waiting)
                .description("runs that wait for their turn")
                .register(registry);
        MultiGauge metrics = MultiGauge.builder("plumbline.trainer.metric")
                .description("last value of each metric of the active run")
                .register(registry);
        MultiGauge steps = MultiGauge.builder("plumbline.trainer.step")
                .description("steps done by the active run")
                .register(registry);
        runs.subscribe(() -> {
            List<MultiGauge.Row<?>> values = new ArrayList<>();
            List<MultiGauge.Row<?>> done = new ArrayList<>();
            for (Run run : runs.open()) {
                if (run.getState() == RunState.RUN_STATE_RUNNING) {
                    done.add(MultiGauge.Row.of(Tags.of("run", run.getRunId()), run.getStep()));
                    run.getMetricsMap()
                            .forEach((name, value) ->
                                    values.add(MultiGauge.Row.of(Tags.of("run", run.getRunId(), "name", name), value)));
                }
            }
            metrics.register(values, true);
            steps.register(done, true);
        });
    }

    private static double waiting(Runs runs) {
        return runs.open().stream()
                .filter(run -> run.getState() == RunState.RUN_STATE_PENDING)
                .count();
    }
}
