package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.Waiting;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/**
 * The reading of a run's data before its first step, which may take hours: shows how far it is, and ends it when the run is
 * cancelled. Confined to the worker's thread.
 */
final class Preparation implements ObjLongConsumer<String> {
    /** A reader of the run's state sees it move, and the reading does not become slower by it. */
    private static final long SHOW_EVERY_NANOS = 500_000_000;

    private final Runs runs;
    private final String id;
    private final LongSupplier nanoTime;
    private long begun;
    private long shown;
    private boolean any;

    Preparation(Runs runs, String id, LongSupplier nanoTime) {
        this.runs = runs;
        this.id = id;
        this.nanoTime = nanoTime;
    }

    /**
     * So many lines have been read.
     *
     * @param path which data
     * @throws CancelledException if the run is to end
     */
    @Override
    public void accept(String path, long lines) {
        if (runs.cancelRequested(id)) {
            throw new CancelledException(id);
        }
        long now = nanoTime.getAsLong();
        if (!any) {
            begun = now;
        }
        if (!any || now - shown >= SHOW_EVERY_NANOS) {
            any = true;
            shown = now;
            String reason = String.format(
                    Locale.ROOT,
                    "reads its data: %,d lines of %s, for %d s",
                    lines,
                    path,
                    (now - begun) / 1_000_000_000);
            runs.show(
                    id,
                    run -> run.toBuilder()
                            .setWaiting(Waiting.newBuilder().setReason(reason))
                            .build());
        }
    }
}
