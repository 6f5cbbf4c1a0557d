package dev.plumbline.cli.progress;

import java.io.PrintStream;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on a terminal. */
final class BarTask implements Progress.Task {
    private static final int WIDTH = 118;
    private static final int TITLE = 22;

    private final ProgressBar bar;

    BarTask(PrintStream terminal, String title, long total) {
        bar = new ProgressBarBuilder()
                .setTaskName(String.format(Locale.ROOT, "%-" + TITLE + "s", title))
                .setInitialMax(total == 0 ? -1 : total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .hideEta()
                .setConsumer(new ConsoleProgressBarConsumer(terminal, WIDTH))
                .build();
    }

    @Override
    public void at(long done, long total, String note) {
        bar.maxHint(total == 0 ? -1 : total);
        bar.stepTo(done);
        bar.setExtraMessage(" " + note);
    }

    @Override
    public void close() {
        bar.close();
    }
}
