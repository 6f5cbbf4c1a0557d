package dev.plumbline.trainer.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of schedules of a PPO run between services that crash, lag, repeat themselves and lose their partitions, in
 * virtual time. Everything is the real thing but what learns, what samples and judges, and Kafka under its clients.
 *
 * <p>{@code -Dsimulation.seed=N} runs one schedule, {@code -Dsimulation.schedules=N} any number.
 */
final class AsynchronySimulationTest {
    private static final Logger HOUSE = Logger.getLogger("dev.plumbline");
    /** Where it exists a disk without a disk: the house syncs every file, which is not what is tested here. */
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    Path disk;

    @BeforeAll
    static void warnOfNoTrouble() {
        HOUSE.setLevel(Level.OFF);
    }

    @AfterAll
    static void warnAgain() {
        HOUSE.setLevel(null);
    }

    @Test
    void whateverHappensEveryPromptIsTrainedOnceAndARestartChangesNothing() throws IOException {
        Long seed = Long.getLong("simulation.seed");
        List<Long> seeds = seed != null
                ? List.of(seed)
                : LongStream.range(0, Integer.getInteger("simulation.schedules", 2000))
                        .boxed()
                        .toList();
        Path place = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : disk, "plumbline-simulation");
        try {
            List<AssertionError> failures = seeds.parallelStream()
                    .flatMap(one -> failure(one, place.resolve(Long.toString(one))).stream())
                    .toList();
            if (!failures.isEmpty()) {
                throw failures.get(0);
            }
        } finally {
            delete(place);
        }
    }

    private static Optional<AssertionError> failure(long seed, Path directory) {
        try {
            Files.createDirectories(directory);
            Verdict.pass(new SimulatedHouse(seed, directory));
            delete(directory);
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException | AssertionError e) {
            return Optional.of(new AssertionError(
                    "schedule " + seed + " breaks a promise; run it alone with -Dsimulation.seed=" + seed, e));
        }
    }

    private static void delete(Path root) throws IOException {
        if (Files.exists(root)) {
            try (Stream<Path> tree = Files.walk(root)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
