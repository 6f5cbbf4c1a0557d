package dev.plumbline.exchange.store;

import dev.plumbline.exchange.ModelVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A version that is being written. Closed without {@link #commit}, it never was. */
public final class Staging implements AutoCloseable {

    private final ModelStore store;
    private final String name;
    private final Path directory;

    Staging(ModelStore store, String name, Path directory) {
        this.store = store;
        this.name = name;
        this.directory = directory;
    }

    /** Where its files are to be written. */
    public Path directory() {
        return directory;
    }

    /** Takes over all files of a directory but a manifest. */
    public void copyFrom(Path source) {
        takeOver(source, Files::copy);
    }

    /** Takes over a version's files without writing them again; both versions share them on the disk. */
    public void linkFrom(ModelVersion version) {
        takeOver(store.directory(version), (from, to) -> {
            try {
                Files.createLink(to, from);
            } catch (UnsupportedOperationException noLinksHere) {
                Files.copy(from, to);
            }
        });
    }

    /** Makes it the newest version of its name. */
    public StoredModel commit(ModelOrigin origin) {
        return commit(origin, 0);
    }

    /**
     * Makes it the newest version of its name.
     *
     * @param after the newest version ever published under the name, which a store that lost its disk does not know
     */
    public StoredModel commit(ModelOrigin origin, long after) {
        try {
            Manifest manifest = Manifest.of(directory, origin);
            if (manifest.files().isEmpty()) {
                throw new IllegalStateException(
                        "a version of " + name + " must have files, " + directory + " has none");
            }
            byte[] bytes = manifest.write(directory);
            Directories.force(directory);
            ModelVersion version = store.adopt(name, directory, after);
            return new StoredModel(version, store.directory(version), manifest, Sha256.of(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException("a version of " + name + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            Directories.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be removed", e);
        }
    }

    private void takeOver(Path source, Transfer transfer) {
        try {
            for (Path file : Directories.files(source)) {
                if (!file.toString().equals(Manifest.FILE_NAME)) {
                    Path target = directory.resolve(file);
                    Path parent = target.getParent();
                    if (parent != null) {
                        Files.createDirectories(parent);
                    }
                    transfer.apply(source.resolve(file), target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the files of " + source + " cannot be taken over", e);
        }
    }

    @FunctionalInterface
    private interface Transfer {
        void apply(Path from, Path to) throws IOException;
    }
}
