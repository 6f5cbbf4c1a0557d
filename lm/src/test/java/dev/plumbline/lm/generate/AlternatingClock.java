package dev.plumbline.lm.generate;

import java.util.function.LongSupplier;

/** Says that each measured call took as long as its turn. */
final class AlternatingClock implements LongSupplier {
    private final long[] durations;
    private long now;
    private int readings;

    AlternatingClock(long... durations) {
        this.durations = durations;
    }

    /** How often it was looked at. */
    int readings() {
        return readings;
    }

    @Override
    public long getAsLong() {
        boolean end = readings % 2 == 1;
        now += end ? durations[readings / 2 % durations.length] : 0;
        readings++;
        return now;
    }
}
