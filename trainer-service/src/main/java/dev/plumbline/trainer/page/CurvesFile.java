package dev.plumbline.trainer.page;

import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.run.RunObserver;
import dev.plumbline.trainer.run.Runs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** Keeps curves.html in the active run's directory: from now and then, and from its end. */
public final class CurvesFile implements RunObserver {
    private static final Logger LOG = Logger.getLogger(CurvesFile.class);

    private static final String FILE = "curves.html";
    /** A page of a long run takes a second, which would be much after every step. */
    private static final Duration INTERVAL = Duration.ofMinutes(5);

    private final Runs runs;
    private final LongSupplier nanoTime;
    private long written;

    public CurvesFile(Runs runs, LongSupplier nanoTime) {
        this.runs = runs;
        this.nanoTime = nanoTime;
    }

    @Override
    public void resumed(Run run, Path directory, long step, List<MetricsPoint> kept) {
        written = nanoTime.getAsLong();
    }

    @Override
    public void measured(Run run, MetricsPoint point) {
        if (nanoTime.getAsLong() - written >= INTERVAL.toNanos()) {
            try {
                write(run);
            } catch (UncheckedIOException e) {
                // The run goes on; the page is made anew from what the run's directory has.
                LOG.warnf("%s; it is tried again in %d minutes", e.getMessage(), INTERVAL.toMinutes());
                written = nanoTime.getAsLong();
            }
        }
    }

    @Override
    public void ended(Run run) {
        write(run);
    }

    private void write(Run run) {
        Path directory = runs.record(run.getRunId()).directory();
        Path file = directory.resolve(FILE);
        Path beside = directory.resolve(FILE + ".new");
        try {
            Files.writeString(beside, RunPage.of(runs, List.of(run.getRunId())));
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
        written = nanoTime.getAsLong();
    }
}
