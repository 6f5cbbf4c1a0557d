package dev.plumbline.trainer.run;

import dev.plumbline.exchange.store.BadModelException;
import dev.plumbline.exchange.store.Manifest;
import dev.plumbline.exchange.store.ModelOrigin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A run's checkpoints: directories named by their step, with the digests of their files. One is written beside and renamed;
 * that rename is the moment at which the steps before it are done for good. Kept are the newest ones and the best one; one
 * whose files are not what was written is set aside, and the one before takes its place.
 */
public final class Checkpoints {
    private static final String STAGING = "staging";
    private static final String PREFIX = "step-";
    private static final String DAMAGED = "damaged-";
    /** Of one that is being deleted, which a process that is killed may leave half. */
    private static final String REMOVED = "removed-";

    private final Path directory;
    private final int keep;
    private final Standing standing;
    private final Consumer<String> notes;
    private final Set<Path> verified = new HashSet<>();

    /**
     * @param keep how many of the newest ones stay
     * @param standing says which one is the best, which stays as well
     * @param notes takes what people should know
     */
    Checkpoints(Path directory, int keep, Standing standing, Consumer<String> notes) {
        this.directory = directory;
        this.keep = keep;
        this.standing = standing;
        this.notes = notes;
    }

    /** Fills an empty directory. */
    public interface Content {
        void writeTo(Path directory) throws IOException;
    }

    /** The newest checkpoint's directory, all of whose files are as they were written; empty if there is none. */
    public Optional<Path> newest() {
        return newestUpTo(Long.MAX_VALUE);
    }

    /** The same among those of a step and of steps before it. */
    public Optional<Path> newestUpTo(long step) {
        List<String> damage = new ArrayList<>();
        Optional<Path> whole = Optional.empty();
        for (Path candidate : all().headMap(step, true).descendingMap().values()) {
            Optional<String> problem = problem(candidate);
            if (problem.isEmpty()) {
                whole = Optional.of(candidate);
                break;
            }
            damage.add("the checkpoint of step " + step(candidate) + " is damaged and was set aside (" + problem.get()
                    + ")");
            setAside(candidate);
        }
        String instead = whole.map(path -> "the one of step " + step(path) + " takes its place")
                .orElse("there is none before it");
        damage.forEach(found -> notes.accept(found + "; " + instead));
        return whole;
    }

    /** The steps that there are checkpoints of, damaged ones among them as long as nobody has looked. */
    public Set<Long> steps() {
        return all().keySet();
    }

    /** The first step that a resume goes back to, if it finds the newer ones damaged. */
    public long oldestRecent() {
        List<Long> steps = List.copyOf(steps());
        return steps.isEmpty() ? 0 : steps.get(Math.max(0, steps.size() - keep));
    }

    /**
     * Writes the checkpoint of a step; those that are not to be kept go when it is in place. Throws UnwritableException if
     * the disk does not take it; the others are then as before.
     */
    public void write(long step, Content content) {
        Path staging = directory.resolve(STAGING);
        Path place = directory.resolve(PREFIX + String.format("%012d", step));
        if (Files.exists(place)) {
            throw new IllegalStateException("checkpoint " + place + " is there already");
        }
        try {
            delete(staging);
            Files.createDirectories(staging);
            content.writeTo(staging);
            Manifest.of(staging, new ModelOrigin("", "", step)).write(staging);
            force(staging);
            Files.move(staging, place, StandardCopyOption.ATOMIC_MOVE);
            force(directory, false);
            verified.add(place);
        } catch (IOException | UncheckedIOException e) {
            throw unwritable(step, staging, e);
        }
        removeOthers();
    }

    private UnwritableException unwritable(long step, Path staging, Exception cause) {
        long bytes = size(staging);
        for (Path written : all().values()) {
            bytes = Math.max(bytes, size(written));
        }
        try {
            delete(staging); // what is left of it may be what the next attempt lacks
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        return new UnwritableException("the checkpoint of step " + step, directory, bytes, cause);
    }

    private static long size(Path root) {
        try (Stream<Path> tree = Files.exists(root) ? Files.walk(root) : Stream.empty()) {
            return tree.mapToLong(path -> path.toFile().isFile() ? path.toFile().length() : 0)
                    .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private void removeOthers() {
        NavigableMap<Long, Path> all = all();
        Set<Long> kept = new HashSet<>(all.tailMap(oldestRecent(), true).keySet());
        standing.best(all.keySet()).ifPresent(kept::add);
        try {
            for (Path old : all.values()) {
                if (!kept.contains(step(old))) {
                    rename(old, REMOVED);
                }
            }
            for (String useless : List.of(REMOVED, DAMAGED)) {
                for (Path leftover : children(useless)) {
                    delete(leftover);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("old checkpoints in " + directory + " cannot be removed", e);
        }
    }

    /** What is wrong with a checkpoint; empty if it is whole. */
    private Optional<String> problem(Path checkpoint) {
        if (verified.contains(checkpoint)) {
            return Optional.empty();
        }
        try {
            Manifest.read(checkpoint).verify(checkpoint);
            verified.add(checkpoint);
            return Optional.empty();
        } catch (BadModelException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private void setAside(Path checkpoint) {
        try {
            rename(checkpoint, DAMAGED);
        } catch (IOException e) {
            throw new UncheckedIOException(checkpoint + " cannot be set aside", e);
        }
    }

    /** It is a checkpoint no longer. */
    private void rename(Path checkpoint, String prefix) throws IOException {
        Path renamed = directory.resolve(prefix + checkpoint.getFileName());
        delete(renamed);
        Files.move(checkpoint, renamed, StandardCopyOption.ATOMIC_MOVE);
    }

    private NavigableMap<Long, Path> all() {
        NavigableMap<Long, Path> all = new TreeMap<>();
        children(PREFIX).forEach(checkpoint -> all.put(step(checkpoint), checkpoint));
        return all;
    }

    private static long step(Path checkpoint) {
        return Long.parseLong(String.valueOf(checkpoint.getFileName()).substring(PREFIX.length()));
    }

    private List<Path> children(String prefix) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> String.valueOf(entry.getFileName()).startsWith(prefix))
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
