package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PrometheusNameTest {
    @Test
    void whatPrometheusDoesNotTakeBecomesAnUnderscoreAndIsScrapedUnderThatName() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        for (String metric :
                List.of("objective/kl", "staleness/0", "rewards/no-swearing/mean", "gradient_norm/total")) {
            Gauge.builder(PrometheusName.of(metric), () -> 1).register(registry);
        }
        assertThat(registry.scrape())
                .contains(
                        "\nplumbline_run_objective_kl 1.0\n",
                        "\nplumbline_run_staleness_0 1.0\n",
                        "\nplumbline_run_rewards_no_swearing_mean 1.0\n",
                        "\nplumbline_run_gradient_norm_total_value 1.0\n");
    }
}
