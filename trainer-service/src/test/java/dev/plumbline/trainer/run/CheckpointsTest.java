package dev.plumbline.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointsTest {
    private static final int WRITES = 200;

    @TempDir
    Path directory;

    private final Standing standing = new Standing(BestBy.parse("lowest eval/loss"));
    private final List<String> notes = new ArrayList<>();

    @Test
    void theNewestAndTheBestAreKept() {
        Checkpoints checkpoints = checkpoints(2);
        assertThat(checkpoints.newest()).isEmpty();
        double[] losses = {9, 3, 2, 4, 5, 6};
        for (int step = 0; step < losses.length; step++) {
            standing.measured(step, Map.of("eval/loss", losses[step]));
            write(checkpoints, step);
        }
        assertThat(checkpoints.steps()).containsExactly(2L, 4L, 5L);
        assertThat(checkpoints.newest().orElseThrow().resolve("a")).hasContent("content of 5");
        assertThat(checkpoints.oldestRecent()).isEqualTo(4);

        // An evaluation may end after its step's checkpoint was written.
        standing.measured(5, Map.of("eval/loss", 1.0));
        for (int step = 6; step < 9; step++) {
            write(checkpoints, step);
        }
        assertThat(checkpoints.steps()).containsExactly(5L, 7L, 8L);
    }

    @Test
    void oneThatIsNotKeptIsWholeUntilItIsGone() throws Exception {
        AtomicReference<Path> half = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        Thread observer = new Thread(() -> {
            while (!over.get()) {
                for (String name : directory.toFile().list((parent, child) -> child.startsWith("step-"))) {
                    Path checkpoint = directory.resolve(name);
                    // No step comes again: what is there afterwards was there when its file was not.
                    if (!Files.exists(checkpoint.resolve("model/b")) && Files.exists(checkpoint)) {
                        half.set(checkpoint);
                    }
                }
            }
        });
        observer.start();
        try {
            Checkpoints checkpoints = checkpoints(1);
            for (int step = 0; step < WRITES; step++) {
                write(checkpoints, step);
            }
        } finally {
            over.set(true);
            observer.join();
        }
        assertThat(half.get()).isNull();
        assertThat(directory.toFile().listFiles())
                .containsExactly(at(WRITES - 1).toFile());
    }

    @Test
    void oneThatWasBeingRemovedWhenTheProcessDiedIsNone() throws IOException {
        writeThree();
        Path left = Files.move(at(2), directory.resolve("removed-" + at(2).getFileName()));
        Files.delete(left.resolve("a"));

        Checkpoints checkpoints = checkpoints(9);
        assertThat(checkpoints.steps()).containsExactly(3L);
        assertThat(checkpoints.newestUpTo(2)).isEmpty();
        write(checkpoints, 4);
        assertThat(left).doesNotExist();
        assertThat(notes).isEmpty();
    }

    @Test
    void whatIsBetterThanAllBeforeIsTheBestAndTheStartIsNot() {
        standing.measured(0, Map.of("eval/loss", 1.0));
        standing.measured(1, Map.of("eval/loss", 3.0));
        standing.measured(2, Map.of("loss", 0.0));
        standing.measured(3, Map.of("eval/loss", 3.0));
        assertThat(standing.isBest(0)).isFalse();
        assertThat(standing.isBest(1)).isTrue();
        assertThat(standing.isBest(2)).isFalse();
        assertThat(standing.isBest(3)).isFalse();

        standing.measured(4, Map.of("eval/loss", 2.0));
        assertThat(standing.isBest(4)).isTrue();
        standing.rewind(3);
        assertThat(standing.isBest(4)).isFalse();
    }

    @Test
    void aFlippedByteSetsACheckpointAsideAndTheOneBeforeTakesItsPlace() throws IOException {
        writeThree();
        try (FileChannel file = FileChannel.open(at(3).resolve("a"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {'C'}), 0);
        }
        assertThatTheSecondTakesThePlace("a has SHA-256");
    }

    @Test
    void aTruncatedFileDoesTheSame() throws IOException {
        writeThree();
        try (FileChannel file = FileChannel.open(at(3).resolve("model/b"), StandardOpenOption.WRITE)) {
            file.truncate(1);
        }
        assertThatTheSecondTakesThePlace("has 1 bytes, its manifest says 4");
    }

    @Test
    void aMissingFileDoesTheSame() throws IOException {
        writeThree();
        Files.delete(at(3).resolve("model/b"));
        assertThatTheSecondTakesThePlace("b cannot be read");
    }

    @Test
    void aMissingManifestDoesTheSame() throws IOException {
        writeThree();
        Files.delete(at(3).resolve("manifest.json"));
        assertThatTheSecondTakesThePlace("manifest.json cannot be read");
    }

    @Test
    void whenAllAreDamagedThereIsNone() throws IOException {
        writeThree();
        Files.delete(at(2).resolve("a"));
        Files.delete(at(3).resolve("a"));

        assertThat(checkpoints(2).newest()).isEmpty();
        assertThat(notes).hasSize(2).allSatisfy(note -> assertThat(note).endsWith("there is none before it"));
    }

    @Test
    void aFullDiskIsToldWithPlaceAndBytesAndLeavesTheLastOneAlone() throws IOException {
        Checkpoints checkpoints = checkpoints(1);
        write(checkpoints, 1);
        assertThatThrownBy(() -> checkpoints.write(2, staging -> {
                    Files.writeString(staging.resolve("a"), "2");
                    // A device that takes no byte, as a full disk does.
                    Files.write(Path.of("/dev/full"), new byte[10], StandardOpenOption.WRITE);
                }))
                .isInstanceOf(UnwritableException.class)
                .hasMessageContaining("the checkpoint of step 2 cannot be written to " + directory)
                .hasMessageContaining("it needs at least " + bytes(at(1)) + " bytes")
                .hasMessageContaining("No space left on device");

        assertThat(checkpoints.newest().orElseThrow().resolve("a")).hasContent("content of 1");
        assertThat(directory).isDirectoryNotContaining("glob:**staging");
        checkpoints.write(3, staging -> Files.writeString(staging.resolve("b"), "3"));
        assertThat(checkpoints.newest().orElseThrow()).isDirectoryNotContaining("glob:**/a");
    }

    private void assertThatTheSecondTakesThePlace(String reason) {
        Checkpoints checkpoints = checkpoints(2);
        assertThat(checkpoints.newest().orElseThrow().resolve("a")).hasContent("content of 2");
        assertThat(checkpoints.steps()).containsExactly(2L);
        assertThat(notes)
                .singleElement()
                .asString()
                .startsWith("the checkpoint of step 3 is damaged and was set aside (")
                .contains(reason)
                .endsWith("; the one of step 2 takes its place");
        assertThat(directory.resolve("damaged-step-000000000003")).isDirectory();

        write(checkpoints, 3);
        assertThat(directory.resolve("damaged-step-000000000003")).doesNotExist();
        assertThat(checkpoints.steps()).containsExactly(2L, 3L);
    }

    private Checkpoints checkpoints(int keep) {
        return new Checkpoints(directory, keep, standing, notes::add);
    }

    private void writeThree() {
        Checkpoints checkpoints = checkpoints(2);
        for (int step = 1; step <= 3; step++) {
            write(checkpoints, step);
        }
    }

    private static void write(Checkpoints checkpoints, int step) {
        checkpoints.write(step, staging -> {
            Files.writeString(staging.resolve("a"), "content of " + step);
            Files.createDirectory(staging.resolve("model"));
            Files.writeString(staging.resolve("model/b"), "more");
        });
    }

    private Path at(int step) {
        return directory.resolve("step-%012d".formatted(step));
    }

    private static long bytes(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
