package dev.plumbline.policy.engine;

import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;

/** Engine rooms whose measurements nobody asks for. */
public final class TestRoom {
    private TestRoom() {}

    /** A room in which answers finish on the version that they began with. */
    public static EngineRoom of(ModelShelf shelf, EngineRoom.Limits limits, InstantSource clock) {
        ServingMeters meters = new ServingMeters(new SimpleMeterRegistry());
        return new EngineRoom(shelf, limits, new Succession(shelf, Swap.FINISH, meters, System::nanoTime), clock);
    }
}
