package dev.plumbline.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What the runs of several seeds reached.
 *
 * @param staleness η
 * @param corrected whether stale answers were weighted
 */
record StaleLearning(int staleness, boolean corrected, List<Outcome> outcomes) {
    static final String HEADER =
            "| η | correction | reward before | reward after | lowest-highest | seconds | staleness |\n"
                    + "|---|---|---|---|---|---|---|";

    /**
     * What one run reached.
     *
     * @param before mean reward of the held-out prompts before the first step
     * @param after and after the last
     * @param seconds from its start to its end
     * @param staleness mean versions that a token was behind
     */
    record Outcome(double before, double after, double seconds, double staleness) {}

    StaleLearning {
        outcomes = List.copyOf(outcomes);
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %d | %s | %.3f | %.3f | %.3f-%.3f | %.1f | %.2f |",
                staleness,
                staleness == 0 ? "none needed" : corrected ? "decoupled" : "none (naive)",
                mean(Outcome::before),
                mean(Outcome::after),
                outcomes.stream().mapToDouble(Outcome::after).min().orElseThrow(),
                outcomes.stream().mapToDouble(Outcome::after).max().orElseThrow(),
                mean(Outcome::seconds),
                mean(Outcome::staleness));
    }

    private double mean(ToDoubleFunction<Outcome> figure) {
        return outcomes.stream().mapToDouble(figure).average().orElseThrow();
    }
}
