package dev.plumbline.exchange.store;

import dev.plumbline.exchange.ModelVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Model versions as immutable directories {@code <root>/<name>/<version>/} with a {@link Manifest}. A version is
 * written beside, brought to the disk and renamed, so it is there in full or not at all; what a crash left behind is
 * never read. Versions grow by one per name. One process writes, any number read.
 */
public final class ModelStore {

    private static final String STAGING = ".staging";

    private final Path root;

    /** A store in a directory, created if missing. */
    public ModelStore(Path root) {
        this.root = root.toAbsolutePath().normalize();
        try {
            Files.createDirectories(this.root.resolve(STAGING));
        } catch (IOException e) {
            throw new UncheckedIOException("the model store " + root + " cannot be created", e);
        }
    }

    /** Where the store is. */
    public Path root() {
        return root;
    }

    /** Starts a new version of a name. */
    public Staging begin(String name) {
        ModelVersion.requireName(name);
        try {
            return new Staging(
                    this, name, Files.createDirectory(root.resolve(STAGING).resolve(name + '-' + UUID.randomUUID())));
        } catch (IOException e) {
            throw new UncheckedIOException("no new version of " + name + " can be started in " + root, e);
        }
    }

    /** Removes what a crash left behind. Only for the process that writes, before it begins. */
    public void discardUnfinished() {
        try (Stream<Path> left = Files.list(root.resolve(STAGING))) {
            for (Path directory : (Iterable<Path>) left::iterator) {
                Directories.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("unfinished versions in " + root + " cannot be removed", e);
        }
    }

    /** Every version, by name and number. */
    public List<ModelVersion> list() {
        return children(root, name -> !name.startsWith(".")).stream()
                .flatMap(name -> list(name).stream())
                .toList();
    }

    /** The versions of a name, the oldest first. */
    public List<ModelVersion> list(String name) {
        return children(root.resolve(ModelVersion.requireName(name)), version -> version.matches("[1-9][0-9]{0,17}"))
                .stream()
                .map(version -> new ModelVersion(name, Long.parseLong(version)))
                .sorted(Comparator.naturalOrder())
                .toList();
    }

    /** The newest version of a name. */
    public Optional<ModelVersion> newest(String name) {
        List<ModelVersion> versions = list(name);
        return versions.isEmpty() ? Optional.empty() : Optional.of(versions.get(versions.size() - 1));
    }

    /** Whether a version is there. */
    public boolean contains(ModelVersion version) {
        return Files.isRegularFile(path(version).resolve(Manifest.FILE_NAME));
    }

    /** Directory of a version that is there. */
    public Path directory(ModelVersion version) {
        if (!contains(version)) {
            throw new BadModelException("the model store " + root + " has no " + version);
        }
        return path(version);
    }

    /** A version with its manifest; its files are not read. */
    public StoredModel read(ModelVersion version) {
        Path directory = directory(version);
        try {
            byte[] manifest = Files.readAllBytes(directory.resolve(Manifest.FILE_NAME));
            return new StoredModel(version, directory, Manifest.read(directory), Sha256.of(manifest));
        } catch (IOException e) {
            throw new BadModelException("the manifest of " + version + " cannot be read", e);
        }
    }

    /**
     * Reads every file of a version.
     *
     * @throws BadModelException naming the first file that is missing or differs
     */
    public void verify(ModelVersion version) {
        StoredModel stored = read(version);
        stored.manifest().verify(stored.directory());
    }

    /** Deletes a version; it disappears in one step. */
    public void delete(ModelVersion version) {
        try {
            Path grave = root.resolve(STAGING).resolve("deleted-" + UUID.randomUUID());
            Directories.move(directory(version), grave);
            Directories.delete(grave);
        } catch (IOException e) {
            throw new UncheckedIOException(version + " cannot be deleted", e);
        }
    }

    /** Gives a finished staging directory the next number above {@code after}. */
    ModelVersion adopt(String name, Path staged, long after) throws IOException {
        Files.createDirectories(root.resolve(name));
        Directories.forceEntries(root);
        long number = Math.max(newest(name).map(ModelVersion::version).orElse(0L), after) + 1;
        ModelVersion version = new ModelVersion(name, number);
        try {
            Directories.move(staged, path(version));
        } catch (FileSystemException e) {
            throw new IOException(version + " appeared while it was written: two processes write to " + root, e);
        }
        return version;
    }

    private Path path(ModelVersion version) {
        return root.resolve(version.name()).resolve(String.valueOf(version.version()));
    }

    private static List<String> children(Path directory, Predicate<String> wanted) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(Files::isDirectory)
                    .map(path -> String.valueOf(path.getFileName()))
                    .filter(wanted)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be listed", e);
        }
    }
}
