package dev.plumbline.trainer.run;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A run's metrics, one JSON line a point. One thread appends; any number of {@link Cursor}s read what has been appended,
 * each at its own pace.
 */
final class MetricsJournal {
    private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();

    private final Path file;
    /** Bytes that are whole lines; what lies beyond is being written. */
    private volatile long length;

    private volatile long lastSequence;

    MetricsJournal(Path file) {
        this.file = file;
        try (FileChannel channel = writable()) {
            scan(Long.MAX_VALUE, point -> {});
            channel.truncate(length);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be opened", e);
        }
    }

    long lastSequence() {
        return lastSequence;
    }

    /** Removes the points after this one, which will be measured again. */
    void truncateAfter(long sequence) {
        scan(sequence, point -> {});
        try (FileChannel channel = writable()) {
            channel.truncate(length);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be cut", e);
        }
    }

    MetricsPoint append(long step, Map<String, Double> values, Instant time) {
        MetricsPoint point = MetricsPoint.newBuilder()
                .setSequence(lastSequence + 1)
                .setStep(step)
                .putAllValues(values)
                .setTime(Timestamps.fromMillis(time.toEpochMilli()))
                .build();
        byte[] line = line(point);
        try (FileChannel channel = writable()) {
            ByteBuffer buffer = ByteBuffer.wrap(line);
            long end = length + line.length;
            channel.position(length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            length = end;
        } catch (IOException e) {
            throw new UnwritableException("a line of metrics", file, line.length, e);
        }
        lastSequence = point.getSequence();
        return point;
    }

    /** Every point, in order. */
    void forEach(Consumer<MetricsPoint> reader) {
        scan(Long.MAX_VALUE, reader);
    }

    /** Reads on after this sequence number. */
    Cursor after(long sequence) {
        return new Cursor(sequence);
    }

    /** Sets length and lastSequence to the whole lines up to a sequence number. */
    private void scan(long upTo, Consumer<MetricsPoint> reader) {
        long whole = 0;
        long last = 0;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            long size = Files.size(file);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                long end = whole + line.getBytes(StandardCharsets.UTF_8).length + 1;
                if (end > size) {
                    break; // the process died while it wrote this line
                }
                MetricsPoint point = parse(line);
                if (point.getSequence() > upTo) {
                    break;
                }
                reader.accept(point);
                whole = end;
                last = point.getSequence();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
        length = whole;
        lastSequence = last;
    }

    private FileChannel writable() throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static byte[] line(MetricsPoint point) {
        try {
            return (JSON.print(point) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("figures are always JSON", e);
        }
    }

    private static MetricsPoint parse(String line) throws InvalidProtocolBufferException {
        MetricsPoint.Builder point = MetricsPoint.newBuilder();
        JsonFormat.parser().merge(line, point);
        return point.build();
    }

    /** One reader's place. For one thread. */
    final class Cursor {
        private final long after;
        private long position;

        private Cursor(long after) {
            this.after = after;
        }

        /** Hands on the points appended since the last call, until the reader has enough. */
        void read(PointReader reader) {
            long end = length;
            if (position >= end) {
                return;
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                channel.position(position);
                BufferedReader lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
                while (position < end && reader.wantsMore()) {
                    String line = lines.readLine();
                    position += line.getBytes(StandardCharsets.UTF_8).length + 1;
                    MetricsPoint point = parse(line);
                    if (point.getSequence() > after) {
                        reader.accept(point);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be read", e);
            }
        }

        /** Whether everything appended so far has been read. */
        boolean atEnd() {
            return position >= length;
        }
    }

    /** Takes points as long as it wants more. */
    interface PointReader {
        boolean wantsMore();

        void accept(MetricsPoint point);
    }
}
