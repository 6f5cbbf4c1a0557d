package dev.plumbline.lm.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Files and directories that appear in full or not at all: written beside their place, forced, and renamed. */
final class AtomicFiles {
    private AtomicFiles() {}

    /** Fills the directory or file whose path it is given. */
    interface Content {
        void writeTo(Path path) throws IOException;
    }

    /** What an earlier attempt left behind is removed first. */
    static void writeDirectory(Path directory, Content content) throws IOException {
        Path partial = beside(directory);
        delete(partial);
        try {
            Files.createDirectories(partial);
            content.writeTo(partial);
            try (Stream<Path> files = Files.list(partial)) {
                for (Path file : files.toList()) {
                    force(file);
                }
            }
            Files.move(partial, directory, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(partial);
        }
    }

    /** Replaces the file if it exists. */
    static void writeFile(Path file, Content content) throws IOException {
        Path partial = beside(file);
        Files.deleteIfExists(partial);
        try {
            content.writeTo(partial);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static Path beside(Path path) {
        return path.resolveSibling("." + path.getFileName() + ".partial");
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(directory)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
