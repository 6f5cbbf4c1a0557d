package dev.plumbline.serving.server;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.settings.HouseSettings;
import dev.plumbline.serving.worker.Driver;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Starts the service behind its listening server, keeps its health up to date, and drains it at the end. */
@Singleton
final class Lifecycle {
    private static final Duration HEALTH_BEAT = Duration.ofMillis(200);

    private final HostedService service;
    private final HouseSettings settings;
    private final Connections connections;
    private final ActiveCalls calls;
    private final ServiceHealth health;
    private final ListeningServer listening;
    private final ControlServer control;
    private final Driver healthBeat;
    private volatile boolean started;
    private volatile boolean stopping;

    @Inject
    Lifecycle(
            HostedService service,
            HouseSettings settings,
            Connections connections,
            ActiveCalls calls,
            ServiceHealth health,
            Access access,
            ListeningServer listening,
            ControlServer control) {
        this.service = service;
        this.settings = settings;
        this.connections = connections;
        this.calls = calls;
        this.health = health;
        this.listening = listening;
        this.control = control;
        List<String> services = Stream.concat(listening.services().stream(), control.services().stream())
                .toList();
        this.healthBeat = new Driver(
                "plumbline-health",
                () -> {
                    health.show(services, isReady());
                    access.readAgain();
                    return 0;
                },
                HEALTH_BEAT,
                settings.liveness().stuckAfter());
    }

    void start(@Observes StartupEvent event) {
        listening.require();
        control.start();
        service.start();
        healthBeat.start();
        started = true;
        if (settings.exitWithParent()) {
            ParentWatch.start(System.in, Quarkus::asyncExit);
        }
    }

    /** At the usual event of a stop the HTTP server is closed already, and with it the calls that a drain waits for. */
    void stop(@Observes ShutdownDelayInitiatedEvent event) {
        if (!started) {
            return;
        }
        stopping = true;
        Entrance entrance = new Entrance(health, connections, calls);
        new Drain(service, entrance, settings.drainTimeout(), System::nanoTime).run();
        control.close();
        healthBeat.close();
    }

    boolean isStarted() {
        return started;
    }

    boolean isReady() {
        return started && !stopping && service.conditions().stream().noneMatch(Condition::blocks);
    }

    List<Condition> conditions() {
        return Stream.concat(
                        Stream.of(Condition.required(
                                "accepting",
                                started && !stopping,
                                stopping ? "draining" : started ? "yes" : "starting")),
                        started ? service.conditions().stream() : Stream.of())
                .toList();
    }

    List<String> complaints() {
        return Stream.concat(Stream.of(healthBeat), service.drivers().stream())
                .map(Driver::complaint)
                .flatMap(Optional::stream)
                .toList();
    }
}
