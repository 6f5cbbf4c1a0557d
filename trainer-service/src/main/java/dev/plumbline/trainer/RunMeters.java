package dev.plumbline.trainer;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.run.Runs;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Map;

/** The runs as gauges: how many wait, how far the active one is, and the last value of each of its metrics. */
final class RunMeters {
    private static final String STEP = "plumbline.trainer.step";

    private final MeterRegistry registry;
    private final Runs runs;
    private final MultiGauge steps;
    /** By their name in Prometheus; one that the active run does not measure has no rows. */
    private final Map<String, MultiGauge> metrics = new HashMap<>();
    /** The last values by the gauge's name and the run's id. Rows read them here, so that a scrape never comes between two values. */
    private volatile Map<String, Map<String, Double>> values = Map.of();

    RunMeters(MeterRegistry registry, Runs runs) {
        this.registry = registry;
        this.runs = runs;
        this.steps = MultiGauge.builder(STEP)
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
        Map<String, Map<String, Double>> latest = new HashMap<>();
        for (Run run : runs.open()) {
            if (run.getState() == RunState.RUN_STATE_RUNNING) {
                String id = run.getRunId();
                of(STEP, latest).put(id, (double) run.getStep());
                run.getMetricsMap()
                        .forEach((name, value) ->
                                of(PrometheusName.of(name), latest).put(id, value));
            }
        }
        values = latest;
        latest.keySet().stream()
                .filter(name -> !name.equals(STEP))
                .forEach(name -> metrics.computeIfAbsent(name, this::gauge));
        showRuns(STEP, steps);
        metrics.forEach(this::showRuns);
    }

    private static Map<String, Double> of(String name, Map<String, Map<String, Double>> values) {
        return values.computeIfAbsent(name, gauge -> new HashMap<>());
    }

    /** A row for each run that has a value, and no others. */
    private void showRuns(String name, MultiGauge gauge) {
        gauge.register(values.getOrDefault(name, Map.of()).keySet().stream()
                .<MultiGauge.Row<?>>map(
                        run -> MultiGauge.Row.of(Tags.of("run", run), this, meters -> meters.value(name, run)))
                .toList());
    }

    private double value(String name, String run) {
        return values.getOrDefault(name, Map.of()).getOrDefault(run, Double.NaN);
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
