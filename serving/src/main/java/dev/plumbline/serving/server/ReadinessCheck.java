package dev.plumbline.serving.server;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** {@code /q/health/ready}: up when calls are answered; shows every condition, those that do not matter for it as well. */
@Readiness
@Singleton
final class ReadinessCheck implements HealthCheck {
    private final Lifecycle lifecycle;

    @Inject
    ReadinessCheck(Lifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("service").status(lifecycle.isReady());
        for (Condition condition : lifecycle.conditions()) {
            response.withData(condition.name(), (condition.met() ? "" : "missing: ") + condition.detail());
        }
        return response.build();
    }
}
