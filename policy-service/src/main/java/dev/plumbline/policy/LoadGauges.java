package dev.plumbline.policy;

import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.model.EngineSource;
import dev.plumbline.serving.meter.ServingMeters;

/**
 * How busy the engines are: {@code plumbline_policy_queued}, {@code _running}, {@code _kv_utilisation}, and
 * {@code _kv_budget_bytes}, {@code _kv_allocated_bytes}, {@code _kv_reserved_bytes}; and what is spared them: {@code
 * _reused_tokens_total}.
 */
final class LoadGauges {
    private LoadGauges() {}

    static void register(ServingMeters meters, EngineRoom room, EngineSource engines) {
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
        meters.gauge(
                "plumbline.policy.kv.budget.bytes",
                "the most memory for keys and values, of answers and of what is kept, of all versions together",
                engines,
                EngineSource::budgetBytes);
        meters.gauge(
                "plumbline.policy.kv.allocated.bytes",
                "what of it is taken, by the versions in memory and for the next one",
                engines,
                EngineSource::allocatedBytes);
        meters.gauge(
                "plumbline.policy.kv.reserved.bytes",
                "what of that is reserved for answers being generated",
                room,
                it -> it.load().reservedBytes());
        meters.counter(
                "plumbline.policy.reused.tokens",
                "tokens of prompts that were not computed anew, since prompts or answers began alike",
                engines,
                EngineSource::reusedTokens);
    }
}
