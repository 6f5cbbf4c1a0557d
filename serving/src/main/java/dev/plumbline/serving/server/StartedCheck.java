package dev.plumbline.serving.server;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** {@code /q/health/started}: up once the process serves, whether it has a model or not. */
@Startup
@Singleton
final class StartedCheck implements HealthCheck {
    private final Lifecycle lifecycle;

    @Inject
    StartedCheck(Lifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("process")
                .status(lifecycle.isStarted())
                .build();
    }
}
