package dev.plumbline.trainer.tensorboard;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One file of TensorBoard events: TFRecords that hold one {@code tensorflow.Event} each. The field numbers are those of
 * tensorflow/core/util/event.proto and framework/summary.proto, which have not changed since they were published.
 *
 * <p>A mirror of metrics.jsonl, for whose sake no run waits: what the disk does not take now is kept in memory and written
 * before what comes next.
 */
final class EventFile implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(EventFile.class);

    private static final String VERSION = "brain.Event:2";

    /** double wall_time, seconds. */
    private static final int EVENT_WALL_TIME = 1;
    /** int64 step. */
    private static final int EVENT_STEP = 2;
    /** string file_version. */
    private static final int EVENT_FILE_VERSION = 3;
    /** Summary summary. */
    private static final int EVENT_SUMMARY = 5;
    /** SessionLog session_log. */
    private static final int EVENT_SESSION_LOG = 7;
    /** repeated Value value. */
    private static final int SUMMARY_VALUE = 1;
    /** string tag. */
    private static final int VALUE_TAG = 1;
    /** float simple_value. */
    private static final int VALUE_SIMPLE = 2;
    /** SessionStatus status. */
    private static final int SESSION_STATUS = 1;

    private static final int SESSION_START = 1;

    /** What is added to a rotated checksum, so that a checksum of data with checksums in it stays a good one. */
    private static final int MASK = 0xa282ead8;

    private final Path path;
    private final Deque<byte[]> unwritten = new ArrayDeque<>();
    private @Nullable FileChannel channel;
    private long end;
    private boolean behind;

    /** Makes a file that says that figures begin at a step; TensorBoard drops those of other files from there on. */
    EventFile(Path path, Instant time, long step) {
        this.path = path;
        add(time, 0, event -> event.writeString(EVENT_FILE_VERSION, VERSION));
        byte[] start = message(log -> log.writeEnum(SESSION_STATUS, SESSION_START));
        add(time, step, event -> event.writeByteArray(EVENT_SESSION_LOG, start));
    }

    /** Writes the fields of a message. */
    private interface Fields {
        void writeTo(CodedOutputStream message) throws IOException;
    }

    /** Adds figures by name. */
    void add(Instant time, long step, Map<String, Double> values) {
        byte[] summary = message(fields -> {
            for (Map.Entry<String, Double> value : values.entrySet()) {
                fields.writeByteArray(SUMMARY_VALUE, message(figure -> {
                    figure.writeString(VALUE_TAG, value.getKey());
                    figure.writeFloat(VALUE_SIMPLE, value.getValue().floatValue());
                }));
            }
        });
        add(time, step, event -> event.writeByteArray(EVENT_SUMMARY, summary));
    }

    private void add(Instant time, long step, Fields what) {
        byte[] event = message(fields -> {
            fields.writeDouble(EVENT_WALL_TIME, time.toEpochMilli() / 1000.0);
            fields.writeInt64(EVENT_STEP, step);
            what.writeTo(fields);
        });
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        length.putLong(0, event.length);
        unwritten.add(ByteBuffer.allocate(Long.BYTES + Integer.BYTES + event.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(length.array())
                .putInt(maskedChecksum(length.array()))
                .put(event)
                .putInt(maskedChecksum(event))
                .array());
        write();
    }

    private void write() {
        try {
            FileChannel file = channel == null ? open() : channel;
            channel = file;
            for (byte[] entry = unwritten.peek(); entry != null; entry = unwritten.peek()) {
                // Over what was left of an entry that did not fit.
                file.position(end);
                ByteBuffer bytes = ByteBuffer.wrap(entry);
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                end += entry.length;
                unwritten.remove();
            }
            behind = false;
        } catch (IOException e) {
            if (!behind) {
                behind = true;
                LOG.warnf("%s cannot be written for now (%s); metrics.jsonl has its figures", path, e.getMessage());
            }
        }
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream message = CodedOutputStream.newInstance(bytes);
        try {
            fields.writeTo(message);
            message.flush();
        } catch (IOException e) {
            throw new IllegalStateException("memory takes all that is written to it", e);
        }
        return bytes.toByteArray();
    }

    private static int maskedChecksum(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return Integer.rotateRight((int) checksum.getValue(), 15) + MASK;
    }

    @Override
    public void close() {
        write();
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be closed", e);
        }
    }
}
