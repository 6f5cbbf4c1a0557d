package dev.plumbline.trainer.run;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Messages in a file, one JSON line each. One thread appends and cuts, any number of threads read. A line counts once it
 * is whole; what a dead process left of another is cut off when the file is opened.
 */
final class MessageLines<M extends Message> {
    private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();

    private final Path file;
    private final M prototype;
    /** Held by readers, so that no line is cut while it is read. */
    private final ReadWriteLock cutting = new ReentrantReadWriteLock();
    /** Bytes that are whole lines; what lies beyond is being written. */
    private volatile long length;

    private final AtomicLong cuts = new AtomicLong();

    /** Takes a line, or has enough and does not take this one. */
    interface Taker<M> {
        boolean take(M message);
    }

    MessageLines(Path file, M prototype) {
        this.file = file;
        this.prototype = prototype;
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            length = wholeLines(channel);
            channel.truncate(length);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be opened", e);
        }
    }

    /** Bytes of all lines. */
    long length() {
        return length;
    }

    /** How often lines have been cut off: a position of before means other lines now. */
    long cuts() {
        return cuts.get();
    }

    /**
     * Adds lines in one piece; on disk when this returns, if that is asked for.
     *
     * @throws UnwritableException if the disk does not take them; the lines before stay
     */
    void append(List<M> messages, boolean force) {
        ByteBuffer bytes = ByteBuffer.wrap(text(messages).getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long end = length + bytes.remaining();
            channel.position(length);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (force) {
                channel.force(true);
            }
            length = end;
        } catch (IOException e) {
            throw new UnwritableException("lines", file, bytes.capacity(), e);
        }
    }

    private static <M extends Message> String text(List<M> messages) {
        StringBuilder text = new StringBuilder();
        try {
            for (M message : messages) {
                text.append(JSON.print(message)).append('\n');
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("these messages are always JSON", e);
        }
        return text.toString();
    }

    /** Removes everything from a position on, which is the end of a line. */
    void cut(long position) {
        cutting.writeLock().lock();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(position);
            length = position;
            cuts.incrementAndGet();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be cut", e);
        } finally {
            cutting.writeLock().unlock();
        }
    }

    /** Reads from the end of a line on, until the taker has enough; returns the end of the last line that it took. */
    long read(long from, Taker<M> taker) {
        cutting.readLock().lock();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long end = length;
            long position = from;
            channel.position(from);
            BufferedReader lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
            while (position < end) {
                String line = lines.readLine();
                if (!taker.take(parse(line))) {
                    break;
                }
                position += line.getBytes(StandardCharsets.UTF_8).length + 1;
            }
            return position;
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        } finally {
            cutting.readLock().unlock();
        }
    }

    private static long wholeLines(FileChannel channel) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        for (long end = channel.size(); end > 0; end--) {
            channel.read(one.clear(), end - 1);
            if (one.get(0) == '\n') {
                return end;
            }
        }
        return 0;
    }

    @SuppressWarnings("unchecked") // a message's own builder builds such messages
    private M parse(String line) throws IOException {
        Message.Builder message = prototype.newBuilderForType();
        JsonFormat.parser().merge(line, message);
        return (M) message.build();
    }
}
