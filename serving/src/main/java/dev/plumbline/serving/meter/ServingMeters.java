package dev.plumbline.serving.meter;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** Meters with the names every service of the house uses; Prometheus writes the dots as underscores. */
public final class ServingMeters {
    /** Seconds; the buckets OpenTelemetry's semantic conventions for generative AI give for a request's duration. */
    private static final double[] REQUEST_SECONDS = {
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
    };

    private final MeterRegistry registry;
    private final Map<String, AtomicLong> modelVersions = new ConcurrentHashMap<>();

    public ServingMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** For meters of one service alone. */
    public MeterRegistry registry() {
        return registry;
    }

    /**
     * A gauge of what this process is in. It takes the place of one by the same name: a server that has stopped in this
     * process may have left it, and a registry would keep that.
     */
    public <T> void gauge(String name, String description, T state, ToDoubleFunction<T> value) {
        registry.find(name).gauges().forEach(registry::remove);
        Gauge.builder(name, state, value).description(description).register(registry);
    }

    /** A count that this process keeps itself; it takes the place of one by the same name, as a {@linkplain #gauge gauge} does. */
    public <T> void counter(String name, String description, T state, ToDoubleFunction<T> value) {
        registry.find(name).functionCounters().forEach(registry::remove);
        FunctionCounter.builder(name, state, value).description(description).register(registry);
    }

    /** {@code gen_ai_server_request_duration_seconds}: from a call's arrival to its end. */
    public Timer requestDuration(String operation) {
        return histogram(
                "gen_ai.server.request.duration", REQUEST_SECONDS, Tags.of("gen_ai_operation_name", operation));
    }

    /** {@code plumbline_requests_rejected_total{reason}}. */
    public void rejected(String reason) {
        registry.counter("plumbline.requests.rejected", "reason", reason).increment();
    }

    /** {@code plumbline_requests_finished_total{reason}}. */
    public void finished(String reason) {
        registry.counter("plumbline.requests.finished", "reason", reason).increment();
    }

    /** {@code plumbline_dead_letters_total{reason}}. */
    public void deadLetter(String reason) {
        registry.counter("plumbline.dead.letters", "reason", reason).increment();
    }

    /** {@code plumbline_model_version{model}}: the version of this name that is served. */
    public void modelVersion(String model, long version) {
        modelVersions
                .computeIfAbsent(
                        model,
                        name -> registry.gauge("plumbline.model.version", Tags.of("model", name), new AtomicLong()))
                .set(version);
    }

    /** {@code plumbline_model_swap_seconds{phase}}: fetch, load, switch. */
    public void modelSwap(String phase, Duration taken) {
        registry.timer("plumbline.model.swap", "phase", phase).record(taken);
    }

    /** {@code plumbline_model_swap_stall_seconds}: the longest time between two steps while a version came in beside them. */
    public void swapStall(Duration taken) {
        registry.timer("plumbline.model.swap.stall").record(taken);
    }

    /**
     * How far a loop over a topic is behind: {@code plumbline_log_lag{topic}} and {@code plumbline_log_open{topic}}.
     *
     * @param lag records it is not done with; NaN while that is unknown
     * @param open records in hand
     */
    public void log(String topic, DoubleSupplier lag, DoubleSupplier open) {
        Gauge.builder("plumbline.log.lag", lag::getAsDouble).tag("topic", topic).register(registry);
        Gauge.builder("plumbline.log.open", open::getAsDouble)
                .tag("topic", topic)
                .register(registry);
    }

    /** {@code kafka_<name>{client_id}}: what a Kafka client measures of itself. */
    public void kafkaClient(String name, String clientId, String description, DoubleSupplier value) {
        Gauge.builder("kafka." + name, value::getAsDouble)
                .tag("client.id", clientId)
                .description(description)
                .register(registry);
    }

    /** A timer with the given buckets, in seconds. */
    public Timer histogram(String name, double[] bucketsInSeconds, Tags tags) {
        return Timer.builder(name)
                .tags(tags)
                .serviceLevelObjectives(DoubleStream.of(bucketsInSeconds)
                        .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                        .toArray(Duration[]::new))
                .register(registry);
    }
}
