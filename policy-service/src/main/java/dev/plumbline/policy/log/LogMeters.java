package dev.plumbline.policy.log;

import dev.plumbline.exchange.LoopStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/** What can be seen of a loop: how far it is behind, and what Kafka's clients measure themselves. */
final class LogMeters {
    /** Whole clients; their measurements per partition, topic and node are too many, and the loop's own say more. */
    private static final Set<String> CLIENT_GROUPS = Set.of(
            "consumer-metrics", "consumer-fetch-manager-metrics", "consumer-coordinator-metrics", "producer-metrics");

    private static final String CLIENT_ID = "client-id";

    private LogMeters() {}

    /** {@code plumbline_log_lag{topic}}: records not yet done with; {@code plumbline_log_open{topic}}: those in hand. */
    static void loop(MeterRegistry registry, String topic, PromptLoop loop) {
        Tags tags = Tags.of("topic", topic);
        Gauge.builder("plumbline.log.lag", loop, LogMeters::lag).tags(tags).register(registry);
        Gauge.builder("plumbline.log.open", loop, LogMeters::open).tags(tags).register(registry);
    }

    /** Unknown, as NaN, before the broker has told the end of every partition. */
    private static double lag(PromptLoop loop) {
        OptionalLong lag = loop.status().map(LoopStatus::lag).orElse(OptionalLong.empty());
        return lag.isPresent() ? lag.getAsLong() : Double.NaN;
    }

    private static double open(PromptLoop loop) {
        return loop.status().map(now -> (double) now.inHand() + now.writing()).orElse(0.0);
    }

    /** {@code kafka_<group>_<name>{client_id}}, as Kafka names them. */
    static void clients(MeterRegistry registry, Map<MetricName, ? extends Metric> metrics) {
        metrics.forEach((name, metric) -> {
            boolean ofWholeClient = name.tags().keySet().equals(Set.of(CLIENT_ID));
            if (CLIENT_GROUPS.contains(name.group()) && ofWholeClient && metric.metricValue() instanceof Number) {
                Gauge.builder(meterName(name), metric, LogMeters::number)
                        .tags("client.id", name.tags().getOrDefault(CLIENT_ID, ""))
                        .description(name.description())
                        .strongReference(true)
                        .register(registry);
            }
        });
    }

    private static String meterName(MetricName name) {
        return ("kafka." + name.group().replace("-metrics", "") + "." + name.name()).replace('-', '.');
    }

    private static double number(Metric metric) {
        return metric.metricValue() instanceof Number number ? number.doubleValue() : Double.NaN;
    }
}
