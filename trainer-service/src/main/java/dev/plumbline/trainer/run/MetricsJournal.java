package dev.plumbline.trainer.run;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A run's metrics, one JSON line a point. One thread appends; any number of {@link Cursor}s read what has been appended,
 * each at its own pace.
 */
public final class MetricsJournal {
    private final MessageLines<MetricsPoint> lines;
    private volatile long lastSequence;

    MetricsJournal(Path file) {
        lines = new MessageLines<>(file, MetricsPoint.getDefaultInstance());
        forEach(point -> lastSequence = point.getSequence());
    }

    long lastSequence() {
        return lastSequence;
    }

    /** Removes the points after this one, which will be measured again. */
    void truncateAfter(long sequence) {
        long[] last = new long[1];
        long end = lines.read(0, point -> {
            boolean stays = point.getSequence() <= sequence;
            last[0] = stays ? point.getSequence() : last[0];
            return stays;
        });
        lines.cut(end);
        lastSequence = last[0];
    }

    MetricsPoint append(long step, Map<String, Double> values, Instant time) {
        MetricsPoint point = MetricsPoint.newBuilder()
                .setSequence(lastSequence + 1)
                .setStep(step)
                .putAllValues(values)
                .setTime(Timestamps.fromMillis(time.toEpochMilli()))
                .build();
        lines.append(List.of(point), false);
        lastSequence = point.getSequence();
        return point;
    }

    /** Every point, in order. */
    void forEach(Consumer<MetricsPoint> reader) {
        lines.read(0, point -> {
            reader.accept(point);
            return true;
        });
    }

    /** All points, in order. */
    List<MetricsPoint> points() {
        List<MetricsPoint> points = new ArrayList<>();
        forEach(points::add);
        return points;
    }

    /** Reads on after this sequence number. */
    Cursor after(long sequence) {
        return new Cursor(sequence);
    }

    /**
     * One reader's place. For one thread. It hands each sequence number on once: points that are measured again, since a
     * run went back to its checkpoint, are those that it has handed on.
     */
    public final class Cursor {
        private long last;
        private long position;
        private long cuts;

        private Cursor(long after) {
            this.last = after;
            this.cuts = lines.cuts();
        }

        /** Hands on the points appended since the last call, until the reader has enough. */
        public void read(PointReader reader) {
            if (cuts != lines.cuts()) {
                cuts = lines.cuts();
                position = 0;
            }
            if (atEnd()) {
                return;
            }
            position = lines.read(position, point -> {
                if (!reader.wantsMore()) {
                    return false;
                }
                if (point.getSequence() > last) {
                    last = point.getSequence();
                    reader.accept(point);
                }
                return true;
            });
        }

        /** Whether everything appended so far has been read. */
        public boolean atEnd() {
            return cuts == lines.cuts() && position >= lines.length();
        }
    }

    /** Takes points as long as it wants more. */
    public interface PointReader {
        boolean wantsMore();

        void accept(MetricsPoint point);
    }
}
