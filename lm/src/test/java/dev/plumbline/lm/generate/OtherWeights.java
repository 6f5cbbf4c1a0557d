package dev.plumbline.lm.generate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;

/** Another version of a checkpoint, as a step of learning would leave it. */
final class OtherWeights {
    private static final String WEIGHTS = "model.safetensors";

    private OtherWeights() {}

    /** Copies a checkpoint of float32 weights, each changed by a share of itself that has this standard deviation. */
    static Path write(Path model, Path directory, double share, long seed) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()));
            }
        }
        Path weights = directory.resolve(WEIGHTS);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
        Random random = new Random(seed);
        // A length, a header of that length, then the numbers.
        for (int at = Long.BYTES + (int) bytes.getLong(0); at < bytes.capacity(); at += Float.BYTES) {
            bytes.putFloat(at, (float) (bytes.getFloat(at) * (1 + share * random.nextGaussian())));
        }
        Files.write(weights, bytes.array());
        return directory;
    }
}
