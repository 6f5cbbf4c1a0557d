package dev.plumbline.reward.judge;

import io.micrometer.core.instrument.MeterRegistry;

/** {@code plumbline_reward_measuring_seconds{measure}}: what a sitting spends on each kind of measure. */
record MeasuringTime(MeterRegistry registry) {

    /** The kinds; components have names of their users' choice, which are no tags. */
    enum Kind {
        RULES("rules"),
        MODEL("model"),
        REFERENCE("reference");

        private final String tag;

        Kind(String tag) {
            this.tag = tag;
        }
    }

    void of(Kind kind, Runnable work) {
        registry.timer("plumbline.reward.measuring", "measure", kind.tag).record(work);
    }
}
