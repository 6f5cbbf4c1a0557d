package dev.plumbline.trainer.data;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes the files that {@link StoredExamples} reads. */
final class ExampleWriter<E> implements Closeable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final BinaryForm<E> form;
    private final Path file;
    private final Path unfinished;
    private final FileChannel examples;
    private final FileChannel places;
    private final DataOutputStream content;
    private final DataOutputStream ends;
    private final ByteArrayOutputStream one = new ByteArrayOutputStream();
    private long end;

    ExampleWriter(Path file, BinaryForm<E> form) throws IOException {
        this.form = form;
        this.file = file;
        this.unfinished = file.resolveSibling(file.getFileName() + ".new");
        this.examples = created(unfinished);
        this.places = created(StoredExamples.places(unfinished));
        this.content = buffered(examples);
        this.ends = buffered(places);
        ends.writeLong(0);
    }

    /**
     * Adds an example.
     *
     * @throws UnkeptExamplesException if the disk does not take it
     */
    void write(E example) {
        try {
            one.reset();
            form.write(example, new DataOutputStream(one));
            one.writeTo(content);
            end += one.size();
            ends.writeLong(end);
        } catch (IOException e) {
            throw unkept(e);
        }
    }

    /**
     * Puts the files in place: where the examples are, they are complete, whenever the process or the machine dies.
     *
     * @throws UnkeptExamplesException if the disk does not take them
     */
    void finish() {
        try {
            content.flush();
            ends.flush();
            examples.force(true);
            places.force(true);
            move(StoredExamples.places(unfinished), StoredExamples.places(file));
            move(unfinished, file);
        } catch (IOException e) {
            throw unkept(e);
        }
    }

    private UnkeptExamplesException unkept(IOException cause) {
        return new UnkeptExamplesException(file, end, cause);
    }

    /** Leaves nothing that is unfinished: the next attempt may lack the room. */
    @Override
    public void close() throws IOException {
        try (examples) {
            places.close();
        }
        Files.deleteIfExists(unfinished);
        Files.deleteIfExists(StoredExamples.places(unfinished));
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static FileChannel created(Path file) throws IOException {
        return FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    private static DataOutputStream buffered(FileChannel channel) {
        return new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES));
    }
}
