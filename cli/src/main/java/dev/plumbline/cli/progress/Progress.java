package dev.plumbline.cli.progress;

import java.io.PrintStream;

/** A place that shows the progress of tasks, one at a time. */
public interface Progress {
    /**
     * Begins to show a task.
     *
     * @param title a few words
     * @param total how many units of work it has; 0 if that is not known yet
     */
    Task begin(String title, long total);

    /** A task at work; closing it ends its display. */
    interface Task extends AutoCloseable {
        /** So much is done, of so much, and this is to be said of it. */
        void at(long done, long total, String note);

        @Override
        void close();
    }

    /** A bar that is drawn over itself. */
    static Progress bar(PrintStream terminal) {
        return (title, total) -> new BarTask(terminal, title, total);
    }

    /** A line at the beginning, one now and then, and one at the end. */
    static Progress lines(PrintStream out) {
        return (title, total) -> new LineTask(out, title, System::nanoTime);
    }

    /** Nothing. */
    static Progress silent() {
        return (title, total) -> new SilentTask();
    }
}
