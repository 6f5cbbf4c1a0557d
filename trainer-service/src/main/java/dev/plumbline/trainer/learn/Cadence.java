package dev.plumbline.trainer.learn;

import dev.plumbline.proto.trainer.v1.Course;
import java.time.Duration;
import java.util.function.LongSupplier;

/** When to evaluate and when to write a checkpoint. */
public final class Cadence {
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofMinutes(1);

    private final int evaluateEvery;
    private final int checkpointEvery;
    private final LongSupplier nanoTime;
    private long lastCheckpoint;

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
}
