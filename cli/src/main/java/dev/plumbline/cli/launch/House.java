package dev.plumbline.cli.launch;

import dev.plumbline.exchange.broker.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** A running house: the broker in this process and the three services as its children. */
public final class House implements AutoCloseable {
    // Generous: natives are unpacked at the first start, and the host may be busy.
    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration STOP = Duration.ofSeconds(30);

    private final HousePlan plan;
    private final EmbeddedBroker broker;
    private final Map<Service, ServiceProcess> services = new EnumMap<>(Service.class);
    private boolean closed;

    private House(HousePlan plan, EmbeddedBroker broker) {
        this.plan = plan;
        this.broker = broker;
    }

    /**
     * Starts the broker and the services and returns when all of them say that they have started.
     *
     * @param progress is told what has started
     */
    public static House start(HousePlan plan, Consumer<String> progress) {
        for (Service service : Service.values()) {
            plan.installation().jar(service);
        }
        plan.ports().requireFree();
        try {
            Files.createDirectories(plan.log("kafka").getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(plan.directory() + " cannot be written; choose another --dir", e);
        }
        House house = new House(plan, broker(plan));
        try {
            progress.accept("kafka");
            // All at once: they wait for their files, not for each other.
            for (Service service : Service.values()) {
                house.startService(service, Map.of());
            }
            for (Service service : Service.values()) {
                house.service(service).awaitStarted(START);
                progress.accept(service.title());
            }
            house.addresses().write(plan.directory());
            return house;
        } catch (RuntimeException e) {
            house.close();
            throw e;
        }
    }

    private static EmbeddedBroker broker(HousePlan plan) {
        try {
            return EmbeddedBroker.start(plan.broker(), plan.ports().kafka());
        } catch (RuntimeException e) {
            throw new LaunchException(
                    "the broker cannot be started in " + plan.broker() + ", see " + plan.log("kafka") + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** Where it answers. */
    public HouseAddresses addresses() {
        return HouseAddresses.of(plan.ports());
    }

    /** Its plan. */
    public HousePlan plan() {
        return plan;
    }

    /** A service as it runs, or ran. */
    public synchronized ServiceProcess service(Service service) {
        ServiceProcess process = services.get(service);
        if (process == null) {
            throw new IllegalArgumentException(service.title() + " was not started");
        }
        return process;
    }

    /**
     * Starts a service, also again after it has ended; returns at once.
     *
     * @param settings more settings, by key
     */
    public synchronized ServiceProcess startService(Service service, Map<String, String> settings) {
        Map<String, String> all = plan.settingsOf(service, broker.bootstrapServers());
        all.putAll(settings);
        ServiceProcess process = ServiceProcess.start(
                plan.installation(), service, plan.ports(), plan.resources(), all, plan.log(service.title()));
        services.put(service, process);
        return process;
    }

    /** Fails, naming the service and the end of its log, if one has ended by itself. */
    public synchronized void requireAlive() {
        if (!closed) {
            services.values().forEach(ServiceProcess::requireAlive);
        }
    }

    @Override
    public void close() {
        stop();
    }

    /** Stops the services, those first that take from others, then the broker; more than once does no harm. */
    public synchronized void stop() {
        if (closed) {
            return;
        }
        closed = true;
        HouseAddresses.remove(plan.directory());
        for (Service service : new Service[] {Service.TRAINER, Service.REWARD, Service.POLICY}) {
            ServiceProcess process = services.get(service);
            if (process != null) {
                process.stop(STOP);
            }
        }
        broker.close();
    }
}
