package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PrometheusNameTest {
    @Test
    void whatPrometheusDoesNotTakeBecomesAnUnderscore() {
        assertThat(PrometheusName.of("objective/kl")).isEqualTo("plumbline_run_objective_kl");
        assertThat(PrometheusName.of("staleness/0")).isEqualTo("plumbline_run_staleness_0");
        assertThat(PrometheusName.of("rewards/no-swearing/mean")).isEqualTo("plumbline_run_rewards_no_swearing_mean");
    }

    @Test
    void aGaugeDoesNotEndLikeACounter() {
        assertThat(PrometheusName.of("gradient_norm/total")).isEqualTo("plumbline_run_gradient_norm_total_value");
    }
}
