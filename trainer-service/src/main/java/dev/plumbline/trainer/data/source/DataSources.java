package dev.plumbline.trainer.data.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds the files that a path of a spec means, on disk or in object storage: one file, all below a directory, or those that
 * match a pattern. Several are in the order of their names, so that the lines have the same order everywhere.
 */
public final class DataSources {
    private static final String OBJECTS = "s3://";

    private final ObjectStorage storage;

    /** @param storage for addresses "s3://bucket/..." */
    public DataSources(ObjectStorage storage) {
        this.storage = storage;
    }

    /** The files; throws a DataException if there are none, or one cannot be read. */
    public List<DataFile> files(String given) {
        if (given.isEmpty()) {
            throw new DataException("a file of JSON Lines is needed, got no path");
        }
        try {
            if (given.startsWith(OBJECTS)) {
                return objects(given);
            }
            List<Path> found = find(given);
            for (Path file : found) {
                if (!Files.isReadable(file)) {
                    throw new DataException(file + " cannot be read by the trainer's user; give it the right to");
                }
            }
            return found.stream().<DataFile>map(LocalFile::new).toList();
        } catch (InvalidPathException e) {
            throw new DataException("\"" + given + "\" is not a path: " + e.getReason());
        } catch (IllegalArgumentException e) {
            throw new DataException(String.valueOf(e.getMessage()));
        } catch (IOException | UncheckedIOException e) {
            throw new DataException("files of \"" + given + "\" cannot be listed: " + e.getMessage(), e);
        }
    }

    /** As on disk: the object itself, all objects below it, or those that match. */
    private List<DataFile> objects(String given) throws IOException {
        String[] parts = given.substring(OBJECTS.length()).split("/", 2);
        String bucket = parts[0];
        String key = parts.length > 1 ? parts[1] : "";
        if (bucket.isEmpty()) {
            throw new DataException("\"" + given + "\" names no bucket; write s3://bucket/prefix");
        }
        FilePattern pattern = FilePattern.of(key);
        List<DataFile> listed = storage.list(bucket, pattern.base());
        String root = OBJECTS + bucket + "/";
        Optional<DataFile> itself = listed.stream()
                .filter(object -> object.name().equals(root + key))
                .findFirst();
        if (itself.isPresent() && !key.endsWith("/")) {
            return List.of(itself.get());
        }
        boolean isDirectory = pattern.rest().isEmpty();
        String base = root + pattern.base() + (isDirectory && !key.isEmpty() && !key.endsWith("/") ? "/" : "");
        PathMatcher matcher = pattern.matcher();
        List<DataFile> found = listed.stream()
                .filter(object ->
                        object.name().startsWith(base) && !object.name().endsWith("/"))
                .filter(object -> {
                    Path relative = Path.of(object.name().substring(base.length()));
                    return isDirectory ? isData(relative) : matcher.matches(relative);
                })
                .sorted(Comparator.comparing(DataFile::name))
                .toList();
        if (found.isEmpty()) {
            throw new DataException("there is no object of \"" + given + "\"; give a key, a prefix that ends where a"
                    + " name does, or a pattern");
        }
        return found;
    }

    private static List<Path> find(String given) throws IOException {
        if (FilePattern.isOne(given) && !isThere(given)) {
            FilePattern pattern = FilePattern.of(given);
            PathMatcher matcher = pattern.matcher();
            return found(given, Path.of(pattern.base()), pattern.depth(), matcher::matches);
        }
        Path path = Path.of(given);
        if (Files.isDirectory(path)) {
            return found(given, path, Integer.MAX_VALUE, DataSources::isData);
        }
        if (!Files.isRegularFile(path)) {
            throw new DataException("there is no file, directory or match \"" + path.toAbsolutePath()
                    + "\" on the trainer's disk; give the path of JSON Lines, plain or compressed by gzip or zstd");
        }
        return List.of(path);
    }

    /** @param taken by the path relative to the directory */
    private static List<Path> found(String given, Path directory, int depth, Predicate<Path> taken) throws IOException {
        Path root = directory.toString().isEmpty() ? Path.of(".") : directory;
        if (!Files.isDirectory(root)) {
            throw new DataException("\"" + given + "\" matches nothing: there is no directory \""
                    + root.toAbsolutePath().normalize() + "\" on the trainer's disk");
        }
        try (Stream<Path> tree = Files.walk(root, depth, FileVisitOption.FOLLOW_LINKS)) {
            List<Path> files = tree.filter(Files::isRegularFile)
                    .filter(file -> taken.test(root.relativize(file)))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
            if (files.isEmpty()) {
                throw new DataException("there is no file of \"" + given + "\" on the trainer's disk; files and"
                        + " directories whose names begin with '.' or '_' do not count in a directory");
            }
            return files;
        }
    }

    /** Whether neither the file nor a directory on the way is hidden or a tool's own, such as _SUCCESS. */
    private static boolean isData(Path relative) {
        for (Path name : relative) {
            if (name.toString().startsWith(".") || name.toString().startsWith("_")) {
                return false;
            }
        }
        return true;
    }

    private static boolean isThere(String path) {
        try {
            return Files.exists(Path.of(path));
        } catch (InvalidPathException e) {
            return false; // where a wildcard cannot be part of a name
        }
    }
}
