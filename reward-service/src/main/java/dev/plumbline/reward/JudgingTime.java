package dev.plumbline.reward;

import dev.plumbline.reward.judge.JudgeEngine;
import dev.plumbline.serving.worker.Worker;
import io.micrometer.core.instrument.Timer;

/** Measures the polls in which the engine judges; its rate is the share of the time in which it is busy. */
record JudgingTime(JudgeEngine engine, Timer timer) implements Worker {
    @Override
    public int poll() {
        Timer.Sample sample = Timer.start();
        int judged = engine.poll();
        if (judged > 0) {
            sample.stop(timer);
        }
        return judged;
    }

    @Override
    public void finish() {
        engine.finish();
    }
}
