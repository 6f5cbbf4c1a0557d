package dev.plumbline.serving.server;

import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.settings.HouseSettings;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What every gRPC server gets before it listens: health, the connections' age, an end of malformed messages, and the check
 * on where it listens.
 */
@Singleton
final class ServerAssembly implements ServerBuilderCustomizer<VertxServerBuilder> {
    private final HouseSettings settings;
    private final ListeningAddresses addresses;
    private final ServiceHealth health;
    private final ServingMeters meters;

    @Inject
    ServerAssembly(HouseSettings settings, ListeningAddresses addresses, ServiceHealth health, ServingMeters meters) {
        this.settings = settings;
        this.addresses = addresses;
        this.health = health;
        this.meters = meters;
    }

    @Override
    public void customize(GrpcServerConfiguration grpc, VertxServerBuilder builder) {
        List<String> problems = addresses.problems();
        if (!problems.isEmpty()) {
            throw new IllegalStateException(String.join("; ", problems));
        }
        // Added here and not as a bean of the container, so that health is asked past all interceptors, also of a
        // server that drains.
        builder.addService(health.endpoint());
        HouseSettings.Connections connections = settings.connections();
        builder.nettyBuilder()
                .setBinaryLog(new MalformedMessages(meters))
                .maxConnectionAge(connections.maxAge().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(connections.maxAgeGrace().toMillis(), TimeUnit.MILLISECONDS);
    }
}
