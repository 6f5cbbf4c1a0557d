package dev.plumbline.trainer.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A run's checkpoints: directories named by their step. One is written beside and renamed; that rename is the moment at
 * which the steps before it are done for good. Only the newest is kept.
 */
public final class Checkpoints {
    private static final String STAGING = "staging";
    private static final String PREFIX = "step-";

    private final Path directory;

    Checkpoints(Path directory) {
        this.directory = directory;
    }

    /** Fills an empty directory. */
    public interface Content {
        void writeTo(Path directory) throws IOException;
    }

    /** The newest checkpoint's directory; empty if there is none. */
    public Optional<Path> newest() {
        List<Path> all = all();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    /** Writes the checkpoint of a step; the older ones go when it is in place. */
    public void write(long step, Content content) {
        try {
            Path staging = directory.resolve(STAGING);
            delete(staging);
            Files.createDirectories(staging);
            content.writeTo(staging);
            force(staging);
            Path place = directory.resolve(PREFIX + String.format("%012d", step));
            List<Path> older = all();
            if (older.contains(place)) {
                throw new IllegalStateException("checkpoint " + place + " is there already");
            }
            Files.move(staging, place, StandardCopyOption.ATOMIC_MOVE);
            force(directory, false);
            for (Path old : older) {
                delete(old);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoint of step " + step + " in " + directory + " cannot be written", e);
        }
    }

    private List<Path> all() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> String.valueOf(entry.getFileName()).startsWith(PREFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in " + directory + " cannot be listed", e);
        }
    }

    /** Everything below, files first, then the directories that name them. */
    private static void force(Path root) throws IOException {
        for (Path path : deepestFirst(root)) {
            force(path, Files.isRegularFile(path));
        }
    }

    private static void force(Path path, boolean file) throws IOException {
        try (FileChannel channel = FileChannel.open(path, file ? StandardOpenOption.WRITE : StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void delete(Path root) throws IOException {
        if (Files.exists(root)) {
            for (Path path : deepestFirst(root)) {
                Files.delete(path);
            }
        }
    }

    private static List<Path> deepestFirst(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            return new ArrayList<>(tree.sorted(Comparator.reverseOrder()).toList());
        }
    }
}
