package dev.plumbline.trainer.learn;

import java.util.function.LongSupplier;

/** Seconds since it was started. */
public final class Stopwatch {
    private final LongSupplier nanoTime;
    private final long start;

    private Stopwatch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
    }

    public static Stopwatch start(LongSupplier nanoTime) {
        return new Stopwatch(nanoTime);
    }

    public double seconds() {
        return (nanoTime.getAsLong() - start) / 1e9;
    }
}
