package dev.plumbline.serving.server;

import dev.plumbline.serving.settings.Exposure;
import dev.plumbline.serving.settings.HouseSettings;
import dev.plumbline.serving.settings.SettingNames;
import dev.plumbline.serving.worker.Driver;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.runtime.GrpcServer;
import io.quarkus.grpc.runtime.config.GrpcConfiguration;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Starts the service behind its listening server, keeps its health up to date, and drains it at the end. */
@Singleton
final class Lifecycle {
    private static final Logger LOG = Logger.getLogger(Lifecycle.class);
    private static final Duration HEALTH_BEAT = Duration.ofMillis(200);

    private final HostedService service;
    private final HouseSettings settings;
    private final ActiveCalls calls;
    private final ServiceHealth health;
    private final GrpcServer server;
    private final GrpcConfiguration grpc;
    private final List<String> services;
    private final BeanManager beans;
    private final Driver healthBeat;
    private volatile boolean started;

    @Inject
    Lifecycle(
            HostedService service,
            HouseSettings settings,
            ActiveCalls calls,
            ServiceHealth health,
            GrpcServer server,
            GrpcConfiguration grpc,
            @GrpcService Instance<BindableService> services,
            BeanManager beans) {
        this.service = service;
        this.settings = settings;
        this.calls = calls;
        this.health = health;
        this.server = server;
        this.grpc = grpc;
        this.services = services.stream()
                .map(BindableService::bindService)
                .map(ServerServiceDefinition::getServiceDescriptor)
                .map(descriptor -> descriptor.getName())
                .toList();
        this.beans = beans;
        this.healthBeat = new Driver(
                "plumbline-health",
                () -> {
                    health.show(this.services, isReady());
                    return 0;
                },
                HEALTH_BEAT,
                settings.liveness().stuckAfter());
    }

    void start(@Observes StartupEvent event) {
        requireListening();
        SettingNames.ofBeans(beans).unknownVariables(System.getenv().keySet()).forEach(LOG::warn);
        service.start();
        healthBeat.start();
        started = true;
        if (settings.exitWithParent()) {
            ParentWatch.start(System.in, Quarkus::asyncExit);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        if (!started) {
            return;
        }
        new Drain(service, calls, health, settings.drainTimeout(), System::nanoTime).run();
        healthBeat.close();
    }

    boolean isStarted() {
        return started;
    }

    boolean isReady() {
        return started && !calls.draining() && service.conditions().stream().noneMatch(Condition::blocks);
    }

    List<Condition> conditions() {
        return Stream.concat(
                        Stream.of(Condition.required(
                                "accepting",
                                started && !calls.draining(),
                                calls.draining() ? "draining" : started ? "yes" : "starting")),
                        started ? service.conditions().stream() : Stream.of())
                .toList();
    }

    List<String> complaints() {
        return Stream.concat(Stream.of(healthBeat), service.drivers().stream())
                .map(Driver::complaint)
                .flatMap(Optional::stream)
                .toList();
    }

    /** Quarkus only logs that its gRPC server could not start, and goes on without one. */
    private void requireListening() {
        Exposure exposure =
                ListeningAddresses.exposure(grpc.server(), settings.security().insecure());
        if (!exposure.problems().isEmpty()) {
            throw new IllegalStateException(String.join("; ", exposure.problems()));
        }
        if (server.getPort() < 0) {
            throw new IllegalStateException("the gRPC server cannot listen on "
                    + grpc.server().host() + ":" + grpc.server().port()
                    + ": most likely another process does; set quarkus.grpc.server.port to a free port");
        }
        LOG.infof("gRPC on %s:%d serves %s", grpc.server().host(), server.getPort(), services);
    }
}
