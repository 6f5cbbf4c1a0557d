package dev.plumbline.serving.server;

import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** Asks a server's health without a network. */
final class HealthProbe {
    private HealthProbe() {}

    static ServingStatus ask(ServiceHealth health, String service) {
        BindableService endpoint = health.endpoint();
        CompletableFuture<ServingStatus> status = new CompletableFuture<>();
        ((HealthGrpc.AsyncService) endpoint)
                .check(HealthCheckRequest.newBuilder().setService(service).build(), new StreamObserver<>() {
                    @Override
                    public void onNext(HealthCheckResponse response) {
                        status.complete(response.getStatus());
                    }

                    @Override
                    public void onError(Throwable error) {
                        status.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {}
                });
        return status.join();
    }
}
