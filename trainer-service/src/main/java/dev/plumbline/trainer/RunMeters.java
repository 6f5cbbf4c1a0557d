package dev.plumbline.trainer;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.run.Runs;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The runs as gauges: how many wait, how far the active one is, and the last value of each of its metrics. */
final class RunMeters {
    private final MeterRegistry registry;
    private final Runs runs;
    private final MultiGauge steps;
    /** By their name in Prometheus; one that the active run does not measure has no rows. */
    private final Map<String, MultiGauge> metrics = new HashMap<>();

    RunMeters(MeterRegistry registry, Runs runs) {
        this.registry = registry;
        this.runs = runs;
        this.steps = MultiGauge.builder("plumbline.trainer.step")
                .description("steps done by the active run")
                .register(registry);
    }

    void register() {
        Gauge.builder("plumbline.trainer.runs.waiting", runs, RunMeters::waiting)
                .description("runs that wait for their turn")
                .register(registry);
        runs.subscribe(this::update);
    }

    /** Runs change in the worker's thread and in those of calls. */
    private synchronized void update() {
        List<Run> active = runs.open().stream()
                .filter(run -> run.getState() == RunState.RUN_STATE_RUNNING)
                .toList();
        steps.register(
                active.stream()
                        .<MultiGauge.Row<?>>map(run -> MultiGauge.Row.of(Tags.of("run", run.getRunId()), run.getStep()))
                        .toList(),
                true);
        Map<String, Map<String, Double>> values = new HashMap<>();
        for (Run run : active) {
            run.getMetricsMap()
                    .forEach((name, value) -> values.computeIfAbsent(PrometheusName.of(name), gauge -> new HashMap<>())
                            .put(run.getRunId(), value));
        }
        values.keySet().forEach(name -> metrics.computeIfAbsent(name, this::gauge));
        metrics.forEach((name, gauge) -> gauge.register(
                values.getOrDefault(name, Map.of()).entrySet().stream()
                        .<MultiGauge.Row<?>>map(
                                value -> MultiGauge.Row.of(Tags.of("run", value.getKey()), value.getValue()))
                        .toList(),
                true));
    }

    private MultiGauge gauge(String name) {
        return MultiGauge.builder(name)
                .description("last value of a metric of the active run")
                .register(registry);
    }

    private static double waiting(Runs runs) {
        return runs.open().stream()
                .filter(run -> run.getState() == RunState.RUN_STATE_PENDING)
                .count();
    }
}
