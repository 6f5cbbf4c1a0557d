package dev.plumbline.serving.server;

import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.runtime.GrpcServer;
import io.quarkus.grpc.runtime.config.GrpcConfiguration;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.quarkus.runtime.PreventFurtherStepsException;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import org.jboss.logging.Logger;

/** The gRPC server that Quarkus has started, or has not. */
@Singleton
final class ListeningServer {
    private static final Logger LOG = Logger.getLogger(ListeningServer.class);

    private static final int EXIT_CODE = 1;

    private final GrpcServer server;
    private final GrpcServerConfiguration configuration;
    private final ListeningAddresses addresses;
    private final List<String> services;

    @Inject
    ListeningServer(
            GrpcServer server,
            GrpcConfiguration configuration,
            ListeningAddresses addresses,
            @GrpcService Instance<BindableService> services) {
        this.server = server;
        this.configuration = configuration.server();
        this.addresses = addresses;
        this.services = services.stream()
                .map(BindableService::bindService)
                .map(ServerServiceDefinition::getServiceDescriptor)
                .map(descriptor -> descriptor.getName())
                .toList();
    }

    /** Full names of the services it serves. */
    List<String> services() {
        return services;
    }

    /**
     * Quarkus only logs that its gRPC server could not start, and goes on without one; this ends the process, with the
     * problem and no stack trace.
     */
    void require() {
        List<String> problems = addresses.problems();
        if (!problems.isEmpty()) {
            throw new PreventFurtherStepsException(String.join("\n", problems), EXIT_CODE);
        }
        if (server.getPort() < 0) {
            throw new PreventFurtherStepsException(
                    "the gRPC server cannot listen on " + configuration.host() + ":" + configuration.port()
                            + ": most likely another process does; set quarkus.grpc.server.port to a free port",
                    EXIT_CODE);
        }
        LOG.infof("gRPC on %s:%d serves %s", configuration.host(), server.getPort(), services);
    }
}
