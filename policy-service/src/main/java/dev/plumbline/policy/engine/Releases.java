package dev.plumbline.policy.engine;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code plumbline_policy_release_steps{reason}}: how many steps were still taken with a request's answers after it was cancelled,
 * or its deadline had passed, until its slots were free. The step that is being taken just then is one.
 */
public final class Releases {
    private final MeterRegistry registry;
    private final AtomicLong steps = new AtomicLong();

    public Releases(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Steps that have been taken. From any thread. */
    long steps() {
        return steps.get();
    }

    /** One more has been taken. */
    void stepped() {
        steps.incrementAndGet();
    }

    /**
     * The slots are free.
     *
     * @param since steps that had been taken when the request was to end
     */
    void released(StopCause cause, long since) {
        DistributionSummary.builder("plumbline.policy.release.steps")
                .description("steps taken with answers that nobody waits for, until their slots are free")
                .tag("reason", cause.finishReason().name())
                .serviceLevelObjectives(1, 2, 4, 8)
                .register(registry)
                .record((double) (steps.get() - since));
    }
}
