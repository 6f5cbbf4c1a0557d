package dev.plumbline.serving.server;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** The orderly stop of a server. */
final class Drain {
    private static final Logger LOG = Logger.getLogger(Drain.class);
    /** What was aborted still has to reach its callers. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final HostedService service;
    private final ActiveCalls calls;
    private final ServiceHealth health;
    private final Duration timeout;
    private final LongSupplier nanoTime;

    Drain(HostedService service, ActiveCalls calls, ServiceHealth health, Duration timeout, LongSupplier nanoTime) {
        this.service = service;
        this.calls = calls;
        this.health = health;
        this.timeout = timeout;
        this.nanoTime = nanoTime;
    }

    /** Health, refusal, Kafka, the work under way, the rest: in this order, so that nothing accepted is lost unsaid. */
    void run() {
        health.end();
        calls.refuse();
        service.stopIntake();
        LOG.infof("draining: %d calls under way, at most %d s", calls.count(), timeout.toSeconds());
        long deadline = nanoTime.getAsLong() + timeout.toNanos();
        try {
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
}
