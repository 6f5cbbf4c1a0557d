package dev.plumbline.serving.server;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.access.Role;
import dev.plumbline.serving.meter.ServingMeters;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.quarkus.grpc.runtime.config.GrpcConfiguration;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.quarkus.runtime.PreventFurtherStepsException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * The gRPC server of those who give orders, apart from the one of those who ask, so that a network can tell them apart.
 * Quarkus has one gRPC server, so this one is grpc-java's own; calls cross the same edge. It listens to the end of a drain.
 */
@Singleton
final class ControlServer {
    private static final Logger LOG = Logger.getLogger(ControlServer.class);
    private static final int EXIT_CODE = 1;

    private final Optional<ControlDesk> desk;
    private final GrpcServerConfiguration grpc;
    private final CallEdge edge;
    private final MalformedMessages malformed;
    private final ServiceHealth health;
    private Optional<Server> server = Optional.empty();

    @Inject
    ControlServer(
            HostedService service,
            GrpcConfiguration configuration,
            Access access,
            ActiveCalls calls,
            ServingMeters meters,
            ServiceHealth health) {
        this.desk = service.controlDesk();
        this.grpc = configuration.server();
        this.edge = new CallEdge(new CallEdge.Guard(access, method -> Role.CONTROL), calls, meters);
        this.malformed = new MalformedMessages(meters);
        this.health = health;
    }

    /** Full names of the services it serves. */
    List<String> services() {
        return desk.map(ControlDesk::services).orElse(List.of()).stream()
                .map(service -> service.bindService().getServiceDescriptor().getName())
                .toList();
    }

    /** Listens, or ends the process with the problem. */
    void start() {
        desk.ifPresent(this::listen);
    }

    private void listen(ControlDesk at) {
        String host = at.host().orElse(grpc.host());
        try {
            NettyServerBuilder builder = NettyServerBuilder.forAddress(
                            new InetSocketAddress(host, at.port()), new ControlIdentity(grpc).credentials())
                    .setBinaryLog(malformed)
                    .addService(health.endpoint());
            for (BindableService service : at.services()) {
                builder.addService(ServerInterceptors.intercept(service, edge));
            }
            if (grpc.enableReflectionService()) {
                builder.addService(ProtoReflectionServiceV1.newInstance());
            }
            Server listening = builder.build().start();
            server = Optional.of(listening);
            LOG.infof("control on %s:%d serves %s", host, listening.getPort(), services());
        } catch (IOException | GeneralSecurityException e) {
            throw new PreventFurtherStepsException(
                    "the control port cannot listen on " + host + ":" + at.port() + ": " + e.getMessage(), EXIT_CODE);
        }
    }

    void close() {
        server.ifPresent(Server::shutdownNow);
    }
}
