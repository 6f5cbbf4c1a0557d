package dev.plumbline.serving.server;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** The orderly stop of a server. */
final class Drain {
    private static final Logger LOG = Logger.getLogger(Drain.class);
    /** A client sent away still makes calls until it has read so; one that keeps its connection for longer is refused. */
    private static final Duration PARTING = Duration.ofSeconds(5);
    /** What was aborted still has to reach its callers. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final HostedService service;
    private final Entrance entrance;
    private final Duration timeout;
    private final LongSupplier nanoTime;

    Drain(HostedService service, Entrance entrance, Duration timeout, LongSupplier nanoTime) {
        this.service = service;
        this.entrance = entrance;
        this.timeout = timeout;
        this.nanoTime = nanoTime;
    }

    /** Health, the clients, refusal, Kafka, the work under way, the rest: in this order, so that nothing is lost unsaid. */
    void run() {
        ActiveCalls calls = entrance.calls();
        entrance.health().end();
        entrance.connections().sendAway();
        LOG.infof("draining: %d calls under way, at most %d s", calls.count(), timeout.toSeconds());
        long deadline = nanoTime.getAsLong() + timeout.toNanos();
        try {
            entrance.connections().awaitNone(shorter(PARTING, left(deadline)));
            calls.refuse();
            service.stopIntake();
            boolean finished = calls.awaitNone(left(deadline)) && service.finish(left(deadline));
            if (!finished) {
                LOG.warnf("not everything ended within %d s; %d calls are aborted", timeout.toSeconds(), calls.count());
                service.abort();
                calls.awaitNone(FAREWELL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        service.close();
        LOG.info("drained");
    }

    private Duration left(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - nanoTime.getAsLong()));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
