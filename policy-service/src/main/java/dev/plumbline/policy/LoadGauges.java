package dev.plumbline.policy;

import dev.plumbline.policy.engine.EngineRoom;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** How busy the engines are: {@code plumbline_policy_queued}, {@code _running}, {@code _kv_utilisation}. */
final class LoadGauges {
    private LoadGauges() {}

    static void register(MeterRegistry registry, EngineRoom room) {
        Gauge.builder("plumbline.policy.queued", room, it -> it.load().queued())
                .description("requests that wait")
                .register(registry);
        Gauge.builder("plumbline.policy.running", room, it -> it.load().running())
                .description("sequences that are generated")
                .register(registry);
        Gauge.builder("plumbline.policy.kv.utilisation", room, it -> it.load().utilisation())
                .description("share of the keys' and values' memory that is reserved")
                .register(registry);
    }
}
