package dev.plumbline.e2e;

import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.util.function.BooleanSupplier;

/**
 * Ends services in the middle of a step, as crashes would, and starts them again. A service is held first: what has come of
 * its work can then be looked at without haste, and if it is not in the middle it goes on as if nothing had been.
 */
final class Crashes implements AutoCloseable {
    private final TinyHouse house;
    private final Signals signals = new Signals();

    Crashes(TinyHouse house) {
        this.house = house;
    }

    /** Some of the prompts that were admitted together are answered, and the others are not: whether it came to that. */
    boolean whileAnswering(String runId, long step) {
        try (StepRecords<Rollout> answered = StepRecords.answered(house.topics(), runId, step)) {
            if (!killHalfway(Service.POLICY, answered)) {
                return false;
            }
            boolean half = isHalf(answered);
            house.restart(Service.POLICY);
            return half;
        }
    }

    /** Some of a step's answers are judged, and all others wait when the judge comes back: whether it came to that. */
    boolean whileJudging(String runId, long step) {
        try (StepRecords<Rollout> answered = StepRecords.answered(house.topics(), runId, step);
                StepRecords<Trajectory> judged = StepRecords.judged(house.topics(), runId, step)) {
            if (!killHalfway(Service.REWARD, judged)) {
                return false;
            }
            TinyHouse.atOnce().until(answered::look, count -> count == TinyHouse.PROMPTS_PER_STEP);
            boolean half = isHalf(judged);
            house.restart(Service.REWARD);
            return half;
        }
    }

    /** A step's answers are all judged, and no version has come of them: whether it came to that. */
    boolean whileLearning(String runId, long step) {
        try (StepRecords<Trajectory> judged = StepRecords.judged(house.topics(), runId, step)) {
            TinyHouse.atOnce().until(() -> judged.look() == TinyHouse.PROMPTS_PER_STEP);
            TinyHouse.atOnce().until(() -> !house.run(runId).hasWaiting());
            if (!killIf(Service.TRAINER, () -> isUnpublished(runId, step))) {
                return false;
            }
        }
        boolean unpublished = isUnpublished(runId, step);
        house.restart(Service.TRAINER);
        return unpublished;
    }

    private boolean killHalfway(Service service, StepRecords<?> done) {
        TinyHouse.atOnce().until(done::look, count -> count > 0);
        return killIf(service, () -> isHalf(done));
    }

    /** Its callers look once more: what was on its way to the broker when the service was held has come by then. */
    private boolean killIf(Service service, BooleanSupplier inTheMiddle) {
        long pid = house.pid(service);
        signals.stop(pid);
        if (inTheMiddle.getAsBoolean()) {
            house.kill(service);
            return true;
        }
        signals.goOn(pid);
        return false;
    }

    private static boolean isHalf(StepRecords<?> done) {
        int count = done.all();
        return count > 0 && count < TinyHouse.PROMPTS_PER_STEP;
    }

    /** A run's first version is that before step 1. */
    private boolean isUnpublished(String runId, long step) {
        return house.published(runId).size() == step;
    }

    @Override
    public void close() {
        signals.close();
    }
}
