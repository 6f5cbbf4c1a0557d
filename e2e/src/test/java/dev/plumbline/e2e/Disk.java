package dev.plumbline.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Directories, whole. */
final class Disk {

    private Disk() {}

    /** Every file's bytes, by its path from here. */
    static Map<Path, ByteBuffer> contents(Path directory) {
        Map<Path, ByteBuffer> contents = new TreeMap<>();
        for (Path path : tree(directory)) {
            if (Files.isRegularFile(path)) {
                contents.put(directory.relativize(path), read(path));
            }
        }
        return contents;
    }

    /** Copies a directory to a place where nothing is yet. */
    static void copy(Path from, Path to) {
        try {
            for (Path path : tree(from)) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a directory. */
    static void delete(Path directory) {
        try {
            for (Path path :
                    tree(directory).stream().sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> tree(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            return tree.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer read(Path file) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
