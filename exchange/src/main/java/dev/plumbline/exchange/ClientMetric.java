package dev.plumbline.exchange;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/**
 * What a Kafka client measures of itself as a whole. Its measurements per partition, topic and node are left out: they are
 * many, and {@link LoopStatus} says more.
 *
 * @param name as Kafka names it, {@code <client>.<name>} in words between dots
 * @param clientId which client
 * @param description by Kafka
 * @param value now, from any thread
 */
public record ClientMetric(String name, String clientId, String description, DoubleSupplier value) {
    private static final Set<String> GROUPS = Set.of(
            "consumer-metrics", "consumer-fetch-manager-metrics", "consumer-coordinator-metrics", "producer-metrics");

    private static final String CLIENT_ID = "client-id";

    static List<ClientMetric> of(Map<MetricName, ? extends Metric> metrics) {
        return metrics.values().stream()
                .filter(metric -> isOfWholeClient(metric.metricName()) && metric.metricValue() instanceof Number)
                .map(ClientMetric::of)
                .toList();
    }

    private static boolean isOfWholeClient(MetricName name) {
        return GROUPS.contains(name.group()) && name.tags().keySet().equals(Set.of(CLIENT_ID));
    }

    private static ClientMetric of(Metric metric) {
        MetricName name = metric.metricName();
        return new ClientMetric(
                (name.group().replace("-metrics", "") + "." + name.name()).replace('-', '.'),
                name.tags().getOrDefault(CLIENT_ID, ""),
                name.description(),
                () -> metric.metricValue() instanceof Number number ? number.doubleValue() : Double.NaN);
    }
}
