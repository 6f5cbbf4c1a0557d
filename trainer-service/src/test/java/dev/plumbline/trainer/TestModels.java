package dev.plumbline.trainer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tiny checkpoint directories. */
final class TestModels {
    private static final Path VECTORS = Path.of(System.getProperty("plumbline.vectors", "../vectors"));
    private static final List<String> WITHOUT_WEIGHTS =
            List.of("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");

    private TestModels() {}

    /** A checkpoint with its weights. */
    static Path checkpoint(String name) {
        return VECTORS.resolve("models").resolve(name);
    }

    /** Configuration and tokenizer of a checkpoint, without weights. */
    static Path withoutWeights(String name, Path parent) {
        Path directory = parent.resolve(name + "-empty");
        try {
            Files.createDirectories(directory);
            for (String file : WITHOUT_WEIGHTS) {
                Path source = checkpoint(name).resolve(file);
                if (Files.exists(source)) {
                    Files.copy(source, directory.resolve(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directory;
    }
}
