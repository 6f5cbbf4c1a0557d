package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plumbline.exchange.store.Manifest;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A trainer's process that is killed while it writes a checkpoint. */
@Timeout(300)
final class KilledWriteTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** A file by which what an earlier process has left is known. */
    private static final String LEFT = "left";
    /** Far shorter than a write, whose files are forced to the disk. */
    private static final Duration LOOKS = Duration.ofNanos(200_000);

    @TempDir
    Path directory;

    /** How far the write has come when the process is killed, by the files that are on the disk and not in place. */
    private enum Moment implements Predicate<List<String>> {
        ITS_FIRST_FILE_IS_BEGUN {
            @Override
            public boolean test(List<String> files) {
                return !files.isEmpty() && !files.contains(LEFT);
            }
        },
        ITS_MANIFEST_IS_BEGUN {
            @Override
            public boolean test(List<String> files) {
                return files.contains(Manifest.FILE_NAME) && !files.contains(LEFT);
            }
        }
    }

    @Test
    void whateverOfACheckpointIsWrittenTheOneBeforeItIsWholeAndTheRunEndsBitEqual() throws Exception {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.getSftBuilder().setEpochs(6).setCourse(Course.newBuilder().setCheckpointEvery(1));
        String undisturbed;
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            assertThat(bench.run(spec.build()).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            undisturbed = bench.weights("policy@1");
        }
        Bench killed = Bench.in(directory.resolve("b"));
        String id = killed.create(spec.build());
        Path checkpoints = directory.resolve("b/runs/" + id + "/checkpoints");

        for (Moment moment : Moment.values()) {
            // A process that has come too far when the signal reaches it goes on from there.
            boolean within = false;
            while (!within) {
                within = kill(
                        TrainerProcess.of(directory.resolve("b"), killed, id, List.of())
                                .redirectOutput(directory.resolve("output").toFile())
                                .start(),
                        checkpoints,
                        moment);
            }
            Files.createFile(staging(checkpoints).resolve(LEFT));
            assertThat(steps(checkpoints))
                    .isNotEmpty()
                    .allSatisfy(step -> Manifest.read(step).verify(step));
        }

        try (Bench bench = killed.restarted()) {
            while (!bench.ended(id)) {
                bench.poll();
            }
            Run run = bench.get(id);
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(run.getNotesList()).noneMatch(note -> note.contains("damaged"));
            assertThat(bench.weights("policy@1")).isEqualTo(undisturbed);
        }
    }

    /** Kills the process at such a moment of a write that is not the first; false if it was past it when it died. */
    private static boolean kill(Process process, Path checkpoints, Moment moment) throws Exception {
        await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(LOOKS).until(() -> {
            assertThat(process.isAlive()).as("until %s", moment).isTrue();
            return moment.test(unplaced(checkpoints)) && !steps(checkpoints).isEmpty();
        });
        process.destroyForcibly().waitFor();
        return moment.test(unplaced(checkpoints));
    }

    /** Files of a checkpoint that is not in place. */
    private static List<String> unplaced(Path checkpoints) {
        Path staging = staging(checkpoints);
        try (Stream<Path> written = Files.exists(staging) ? Files.walk(staging) : Stream.empty()) {
            return written.filter(Files::isRegularFile)
                    .map(file -> staging.relativize(file).toString())
                    .toList();
        } catch (NoSuchFileException | UncheckedIOException e) {
            // It was put in place meanwhile.
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path staging(Path checkpoints) {
        return checkpoints.resolve("staging");
    }

    private static boolean isPlaced(Path checkpoint) {
        return String.valueOf(checkpoint.getFileName()).startsWith("step-");
    }

    private static List<Path> steps(Path checkpoints) throws IOException {
        try (Stream<Path> entries = Files.exists(checkpoints) ? Files.list(checkpoints) : Stream.empty()) {
            return entries.filter(KilledWriteTest::isPlaced).toList();
        }
    }
}
