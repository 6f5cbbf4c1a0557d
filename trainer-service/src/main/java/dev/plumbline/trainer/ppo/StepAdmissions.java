package dev.plumbline.trainer.ppo;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Window;
import dev.plumbline.trainer.answers.TrajectoryCollector;
import dev.plumbline.trainer.house.House;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides which prompts belong to which step, once: an admission is in force when it is written, and a restarted trainer
 * adopts what it finds. Step n is admitted when version max(0, n − 1 − η) is published, which is the oldest that may answer.
 */
final class StepAdmissions {
    private final House house;
    private final String runId;
    private final int maxStaleness;
    private final long steps;
    private final PromptLog log;
    private final PromptSupply supply;
    private final PolicyVersions versions;
    private final TrajectoryCollector collector;
    private final Clock clock;
    /** Written, but perhaps not acknowledged: it may be in force, so that nothing else may be decided in its place. */
    private @Nullable StepAdmitted pending;

    StepAdmissions(
            House house,
            String runId,
            int maxStaleness,
            long steps,
            PromptLog log,
            PromptSupply supply,
            PolicyVersions versions,
            TrajectoryCollector collector,
            Clock clock) {
        this.house = house;
        this.runId = runId;
        this.maxStaleness = maxStaleness;
        this.steps = steps;
        this.log = log;
        this.supply = supply;
        this.versions = versions;
        this.collector = collector;
        this.clock = clock;
    }

    /** Takes over what an earlier process decided for the steps that are not finished. */
    void adopt(long finished) {
        for (StepAdmitted admitted : house.view().steps(runId)) {
            if (admitted.getStep() > finished) {
                inForce(admitted);
            }
        }
    }

    /** Provides prompts and admits what may be admitted after so many steps; returns whether something was done. */
    boolean advance(long done) {
        long last = Math.min(steps, done + 1 + maxStaleness);
        // One step ahead of its admission, so that the broker's acknowledgement is not waited for.
        boolean moved = supply.provide(last + 1);
        if (pending != null) {
            write(pending);
        }
        for (long step = done + 1; step <= last; step++) {
            while (!supply.complete(step)) {
                List<Window> windows = supply.nextInstalment(step);
                if (windows.isEmpty()) {
                    return moved;
                }
                admit(step, windows);
                moved = true;
            }
        }
        return moved;
    }

    private void admit(long step, List<Window> windows) {
        long instalment = house.view().steps(runId).stream()
                .filter(admitted -> admitted.getStep() == step)
                .count();
        StepAdmitted admitted = StepAdmitted.newBuilder()
                .setRunId(runId)
                .setStep(step)
                .setInstalment((int) instalment)
                .setTopicId(log.topicId())
                .addAllWindows(windows)
                .setMinPolicy(versions.ofStep(Math.max(0, step - 1 - maxStaleness)))
                .setAdmittedAt(Timestamps.fromMillis(clock.millis()))
                .build();
        pending = admitted;
        write(admitted);
    }

    private void write(StepAdmitted admitted) {
        house.publish(admitted);
        pending = null;
        inForce(admitted);
    }

    private void inForce(StepAdmitted admitted) {
        supply.admitted(admitted.getStep(), Members.expect(admitted, log, collector));
    }

    /** Whether a step has all its members. */
    boolean complete(long step) {
        return supply.complete(step);
    }

    /** For people: what is missing of a step that is not complete. */
    String wants(long step) {
        return supply.wants(step);
    }

    /** The first number of the run's own feed that no step has admitted; 0 where there is no such feed. */
    long nextOfFeed() {
        return supply.next();
    }

    /** Wants further prompts for a step that is complete: they become its next instalment. */
    void extend(long step, int prompts) {
        supply.extend(step, prompts);
    }

    /** A step is learnt: its prompts are of no more interest. */
    void finish(long step) {
        supply.finish(step);
        for (StepAdmitted admitted : house.view().steps(runId)) {
            if (admitted.getStep() == step) {
                admitted.getWindowsList()
                        .forEach(window -> log.forgetBelow(window.getPartition(), window.getToOffset()));
            }
        }
    }
}
