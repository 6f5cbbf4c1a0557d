package dev.plumbline.serving.server;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;

/** {@code /q/health/live}: down when a worker's thread is dead or stuck; neither Kafka nor load matters. */
@Liveness
@Singleton
final class LivenessCheck implements HealthCheck {
    private final Lifecycle lifecycle;

    @Inject
    LivenessCheck(Lifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        List<String> complaints = lifecycle.complaints();
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("workers").status(complaints.isEmpty());
        for (int i = 0; i < complaints.size(); i++) {
            response.withData("complaint-" + i, complaints.get(i));
        }
        return response.build();
    }
}
