package dev.plumbline.trainer;

import java.util.Set;

/** Names of a run's metrics as Prometheus takes them: {@code objective/kl} is {@code plumbline_run_objective_kl}. */
final class PrometheusName {
    private static final String PREFIX = "plumbline_run_";
    /** Last words by which Prometheus' formats tell counters, histograms and their parts; a gauge is none of these. */
    private static final Set<String> RESERVED = Set.of("total", "created", "bucket", "info", "count", "sum");

    private PrometheusName() {}

    /** What is no letter, digit or underscore becomes an underscore; after a reserved last word comes "_value". */
    static String of(String metric) {
        String legal = PREFIX + metric.replaceAll("[^A-Za-z0-9_]", "_");
        boolean reserved = RESERVED.contains(legal.substring(legal.lastIndexOf('_') + 1));
        return reserved ? legal + "_value" : legal;
    }
}
