package dev.plumbline.trainer.tensorboard;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.run.RunObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes the active run's figures into event files of its directory. Each time that it is taken up there is a new file,
 * whose first step makes TensorBoard forget what earlier files have of that step and later ones.
 */
public final class TensorBoardLog implements RunObserver {
    private static final String PREFIX = "events.out.tfevents.";

    private final Clock clock;
    private Optional<EventFile> open = Optional.empty();

    public TensorBoardLog(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void resumed(Run run, Path directory, long step, List<MetricsPoint> kept) {
        close();
        EventFile file = new EventFile(next(run, directory), clock.instant(), step);
        open = Optional.of(file);
        kept.forEach(point -> add(file, point));
    }

    @Override
    public void measured(Run run, MetricsPoint point) {
        open.ifPresent(file -> add(file, point));
    }

    @Override
    public void ended(Run run) {
        close();
    }

    private void close() {
        open.ifPresent(EventFile::close);
        open = Optional.empty();
    }

    private static void add(EventFile file, MetricsPoint point) {
        Instant time = Instant.ofEpochMilli(Timestamps.toMillis(point.getTime()));
        file.add(time, point.getStep(), point.getValuesMap());
    }

    /** TensorBoard reads the files of a directory in the order of their names. */
    private static Path next(Run run, Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            long before = files.filter(
                            file -> String.valueOf(file.getFileName()).startsWith(PREFIX))
                    .count();
            return directory.resolve(String.format(
                    "%s%010d.plumbline.%06d", PREFIX, run.getCreatedAt().getSeconds(), before));
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be listed", e);
        }
    }
}
