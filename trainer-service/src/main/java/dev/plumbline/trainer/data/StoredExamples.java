package dev.plumbline.trainer.data;

import dev.plumbline.trainer.data.source.DataException;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * Examples in a file of their own: {@link #get} reads one, and nothing is kept in memory. Beside the file stands another
 * with the place of each, eight bytes an example. Both are opened for a moment only, so there is nothing to close; a step
 * that learns takes a thousand times as long as reading its batch.
 */
final class StoredExamples<E> extends AbstractList<E> implements RandomAccess {
    private final Path file;
    private final Path places;
    private final BinaryForm<E> form;
    private final int size;

    StoredExamples(Path file, BinaryForm<E> form) throws IOException {
        this.file = file;
        this.places = places(file);
        this.form = form;
        long count = Files.size(places) / Long.BYTES - 1;
        if (count > Integer.MAX_VALUE - 8) {
            throw new DataException("there are " + count + " examples in " + file + ", of which at most "
                    + (Integer.MAX_VALUE - 8) + " can be put in order; lower limit, or divide the data among runs");
        }
        this.size = (int) count;
    }

    /** Where the places of a file's examples stand. */
    static Path places(Path file) {
        return file.resolveSibling(file.getFileName() + ".places");
    }

    @Override
    public int size() {
        return size;
    }

    /** Reads an example; throws an UncheckedIOException if the files are gone or damaged. */
    @Override
    public E get(int index) {
        Objects.checkIndex(index, size);
        try (FileChannel at = FileChannel.open(places, StandardOpenOption.READ);
                FileChannel content = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer place = read(at, Long.BYTES * (long) index, 2 * Long.BYTES);
            long from = place.getLong();
            byte[] bytes =
                    read(content, from, Math.toIntExact(place.getLong() - from)).array();
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
            E example = form.read(in);
            if (in.available() > 0) {
                throw new IOException("example " + index + " has bytes to spare");
            }
            return example;
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    private static ByteBuffer read(FileChannel channel, long from, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, from + bytes.position()) < 0) {
                throw new EOFException("is cut off at byte " + (from + bytes.position()));
            }
        }
        return bytes.flip();
    }
}
