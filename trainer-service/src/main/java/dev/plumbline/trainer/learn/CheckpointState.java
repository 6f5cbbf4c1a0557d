package dev.plumbline.trainer.learn;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Where a stage that reads files stands: everything else follows from the step and the run's seed.
 *
 * @param step optimizer steps done
 * @param metricsSequence last point of the run's metrics that belongs to them
 */
public record CheckpointState(long step, long metricsSequence) {
    private static final String FILE = "checkpoint.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    public void write(Path directory) throws IOException {
        JSON.writeValue(directory.resolve(FILE).toFile(), this);
    }

    public static CheckpointState read(Path directory) {
        Path file = directory.resolve(FILE);
        try {
            return JSON.readValue(file.toFile(), CheckpointState.class);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }
}
