package dev.plumbline.trainer.learn;

import dev.plumbline.proto.trainer.v1.Course;
import java.time.Duration;
import java.util.function.LongSupplier;

/** When to evaluate and when to write a checkpoint. */
public final class Cadence {
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofMinutes(1);

    /** Of the time for which a run waits for a step, what passes until the policy has loaded the version before it. */
    private static final double LOADING_SHARE = 0.25;

    /** At most, in seconds: a run may wait for other things as well. */
    private static final double LOADING_SECONDS = 10;

    private final int evaluateEvery;
    private final int checkpointEvery;
    private final LongSupplier nanoTime;
    private long lastCheckpoint;
    /** Seconds that the run waited for the last step and for the one before. */
    private double lastWait;

    private double waitBefore;

    public Cadence(Course course, LongSupplier nanoTime) {
        this.evaluateEvery = course.getEvaluateEvery();
        this.checkpointEvery = course.getCheckpointEvery();
        this.nanoTime = nanoTime;
        this.lastCheckpoint = nanoTime.getAsLong();
    }

    /** Before the first step, after the last, and every so many between. */
    public boolean evaluates(long step, long last) {
        return step == 0 || step == last || (evaluateEvery > 0 && step % evaluateEvery == 0);
    }

    /** After the last step, and every so many steps or, if that is not set, once a minute. */
    public boolean checkpoints(long step, long last) {
        if (step == last) {
            return true;
        }
        return checkpointEvery > 0
                ? step % checkpointEvery == 0
                : nanoTime.getAsLong() - lastCheckpoint >= CHECKPOINT_INTERVAL.toNanos();
    }

    public void checkpointWritten() {
        lastCheckpoint = nanoTime.getAsLong();
    }

    /** Takes for how many seconds the run waited for a step. */
    public void waited(double seconds) {
        waitBefore = lastWait;
        lastWait = seconds;
    }

    /**
     * Whether the policy may still be fetching and loading the version of a step: a checkpoint that is written after that
     * takes neither processor nor disk from it. By the shorter of two waits, since one may have been for an evaluation, or
     * for services that had just begun.
     *
     * @param seconds since the step was published
     */
    public boolean policyMayBeLoading(double seconds) {
        return seconds < Math.min(LOADING_SECONDS, LOADING_SHARE * Math.min(lastWait, waitBefore));
    }
}
