package dev.plumbline.serving.server;

import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.List;

/** Health as gRPC's clients ask for it ({@code grpc.health.v1}, Check and Watch), one status for all of a server's services. */
final class ServiceHealth {
    private final HealthStatusManager statuses = new HealthStatusManager();

    ServiceHealth() {
        // The manager starts with SERVING for the server as a whole, which is not yet true.
        statuses.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
    }

    BindableService endpoint() {
        return statuses.getHealthService();
    }

    void show(List<String> services, boolean ready) {
        ServingStatus status = ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        statuses.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        services.forEach(service -> statuses.setStatus(service, status));
    }

    /** NOT_SERVING for good, whatever is shown later. */
    void end() {
        statuses.enterTerminalState();
    }
}
