package dev.plumbline.cli.progress;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/** A task as lines of a log, not more often than every few seconds. */
final class LineTask implements Progress.Task {
    private static final long BETWEEN = Duration.ofSeconds(10).toNanos();

    private final PrintStream out;
    private final String title;
    private final LongSupplier nanoTime;
    private final long begun;
    private long said;
    private String last = "";

    LineTask(PrintStream out, String title, LongSupplier nanoTime) {
        this.out = out;
        this.title = title;
        this.nanoTime = nanoTime;
        begun = nanoTime.getAsLong();
        said = begun;
    }

    @Override
    public synchronized void at(long done, long total, String note) {
        last = (done + (total > 0 ? "/" + total : "") + " " + note).strip();
        if (nanoTime.getAsLong() - said >= BETWEEN) {
            said = nanoTime.getAsLong();
            out.println(title + ": " + last);
        }
    }

    @Override
    public synchronized void close() {
        double seconds = (nanoTime.getAsLong() - begun) / 1e9;
        out.println(String.format(Locale.ROOT, "%s: %s (%.1f s)", title, last.isEmpty() ? "done" : last, seconds));
    }
}
