package dev.plumbline.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LargeDataTest {
    private static final Path MODEL = Path.of(System.getProperty("plumbline.vectors", "../vectors"), "models", "llama");
    private static final int EXAMPLES = 300_000;

    @TempDir
    Path directory;

    /** As objects the examples would take about 150 bytes each, which is more than the heap. */
    @Test
    void examplesThatWouldNotFitTheHeapAreLearntFromAndCostItTwelveBytesEachAtMost()
            throws IOException, InterruptedException {
        Path file = directory.resolve("texts.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
            for (int i = 0; i < EXAMPLES; i++) {
                out.write(("{\"text\": \"" + i + "\"}\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        Path printed = directory.resolve("printed");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeData.class.getName(),
                        MODEL.toAbsolutePath().toString(),
                        file.toString(),
                        directory.resolve("run").toString())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        assertThat(process.waitFor()).as(Files.readString(printed)).isZero();
        String[] words = Files.readString(printed)
                .lines()
                .reduce((a, b) -> b)
                .orElseThrow()
                .split(" ", -1);
        assertThat(Integer.parseInt(words[0])).isEqualTo(EXAMPLES);
        assertThat(Double.parseDouble(words[2])).isLessThanOrEqualTo(12);
    }
}
