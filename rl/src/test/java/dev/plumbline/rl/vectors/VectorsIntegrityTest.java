package dev.plumbline.rl.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The golden numbers are the ones that were computed, all of them. */
final class VectorsIntegrityTest {
    /** What describes the files is not described by the manifest. */
    private static final Set<String> UNLISTED = Set.of("manifest.json", "README.md");

    private record Content(long bytes, String sha256) {}

    @Test
    void everyFileHasTheSizeAndDigestOfTheManifest() throws IOException {
        Map<String, Content> listed = new TreeMap<>();
        for (Map.Entry<String, JsonNode> file :
                Vectors.read("manifest.json").path("files").properties()) {
            listed.put(
                    file.getKey(),
                    new Content(
                            file.getValue().path("bytes").asLong(),
                            file.getValue().path("sha256").asText()));
        }
        assertThat(listed).isNotEmpty();
        Path directory = Vectors.directory();
        try (Stream<Path> files = Files.walk(directory)) {
            Map<String, Content> present = files.filter(Files::isRegularFile)
                    .filter(file -> !UNLISTED.contains(name(directory, file)))
                    .collect(Collectors.toMap(file -> name(directory, file), VectorsIntegrityTest::content));
            assertThat(present).containsExactlyInAnyOrderEntriesOf(listed);
        }
    }

    private static String name(Path directory, Path file) {
        return directory.relativize(file).toString().replace('\\', '/');
    }

    private static Content content(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new Content(bytes.length, HexFormat.of().formatHex(digest));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
