package dev.plumbline.trainer.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelStore;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds what a spec names, in the store or on the disk. */
public final class ModelCatalog {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");

    private final ModelStore store;

    public ModelCatalog(ModelStore store) {
        this.store = store;
    }

    /**
     * "name@version", a name for its newest version, or a directory; a name that could be both is the version.
     *
     * @throws IllegalArgumentException with the fact and the fix, if there is no such model
     */
    public ModelSource find(String name) {
        if (name.contains("@") && !name.contains("/")) {
            ModelVersion version = ModelVersion.parse(name);
            if (!store.contains(version)) {
                throw new IllegalArgumentException("there is no model \"" + name + "\"; " + known(version.name()));
            }
            return new ModelSource.Published(version, store.directory(version));
        }
        Optional<ModelVersion> newest = NAME.matcher(name).matches() ? store.newest(name) : Optional.empty();
        if (newest.isPresent()) {
            return new ModelSource.Published(newest.get(), store.directory(newest.get()));
        }
        return directory(name);
    }

    private ModelSource directory(String name) {
        Path directory;
        try {
            directory = Path.of(name).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("\"" + name + "\" is neither a model nor a path: " + e.getReason(), e);
        }
        if (!Files.isDirectory(directory)) {
            throw new IllegalArgumentException("there is no model \"" + name + "\" and no directory " + directory
                    + " on the trainer's disk; give name@version or a checkpoint directory");
        }
        return new ModelSource.Unpublished(directory);
    }

    private String known(String name) {
        List<ModelVersion> versions = store.list(name);
        return versions.isEmpty() ? "nothing of that name was published" : "its versions are " + versions;
    }
}
