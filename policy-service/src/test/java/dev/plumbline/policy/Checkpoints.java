package dev.plumbline.policy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;

/** The tiny checkpoints of the golden numbers. */
public final class Checkpoints {
    private Checkpoints() {}

    /** A causal model with a ChatML template, a context of 128 tokens. */
    public static Path qwen2() {
        return vectors().resolve("models/qwen2");
    }

    /** A causal model without chat template. */
    public static Path llama() {
        return vectors().resolve("models/llama");
    }

    /** A score head on the same trunk. */
    public static Path qwen2Reward() {
        return vectors().resolve("models/qwen2-reward");
    }

    /** Copies a causal model whose context is 128 tokens, with other weights, as a step of learning would leave them. */
    public static Path relearnt(Path directory, long seed) throws IOException {
        try (Stream<Path> files = Files.list(qwen2())) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()));
            }
        }
        Path weights = directory.resolve("model.safetensors");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
        Random random = new Random(seed);
        // A length, a header of that length, then the numbers.
        for (int at = Long.BYTES + (int) bytes.getLong(0); at < bytes.capacity(); at += Float.BYTES) {
            bytes.putFloat(at, (float) (bytes.getFloat(at) * (1 + 0.3 * random.nextGaussian())));
        }
        Files.write(weights, bytes.array());
        return directory;
    }

    private static Path vectors() {
        return Path.of(Objects.requireNonNull(System.getProperty("plumbline.vectors"), "plumbline.vectors"));
    }
}
