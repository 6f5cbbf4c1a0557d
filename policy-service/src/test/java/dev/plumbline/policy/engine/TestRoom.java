package dev.plumbline.policy.engine;

import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;

/** Engine rooms in which answers finish on the version that they began with. */
public final class TestRoom {
    private TestRoom() {}

    /** A room whose measurements nobody asks for. */
    public static EngineRoom of(ModelShelf shelf, EngineRoom.Limits limits, InstantSource clock) {
        return of(shelf, limits, clock, new SimpleMeterRegistry());
    }

    /** A room that measures there. */
    static EngineRoom of(ModelShelf shelf, EngineRoom.Limits limits, InstantSource clock, MeterRegistry registry) {
        Succession succession = new Succession(shelf, Swap.FINISH, new ServingMeters(registry), System::nanoTime);
        return new EngineRoom(shelf, limits, succession, new Releases(registry), clock);
    }

    /** Steps that were still taken with the requests that ended for this reason, each one's. */
    static DistributionSummary releases(MeterRegistry registry, FinishReason reason) {
        return registry.get("plumbline.policy.release.steps")
                .tag("reason", reason.name())
                .summary();
    }
}
