package dev.plumbline.policy;

import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.serving.meter.ServingMeters;

/** How busy the engines are: {@code plumbline_policy_queued}, {@code _running}, {@code _kv_utilisation}. */
final class LoadGauges {
    private LoadGauges() {}

    static void register(ServingMeters meters, EngineRoom room) {
        meters.gauge(
                "plumbline.policy.queued",
                "requests that wait",
                room,
                it -> it.load().queued());
        meters.gauge(
                "plumbline.policy.running",
                "sequences that are generated",
                room,
                it -> it.load().running());
        meters.gauge(
                "plumbline.policy.kv.utilisation",
                "share of the keys' and values' memory that is reserved",
                room,
                it -> it.load().utilisation());
    }
}
