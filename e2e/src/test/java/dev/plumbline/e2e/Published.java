package dev.plumbline.e2e;

import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Model versions that a disk has spoilt after they were published. */
final class Published {

    private Published() {}

    /** Publishes a copy of a name's newest version as the next one, with one bit of its weights turned. */
    static ModelVersion corrupted(TinyHouse house, String name) {
        ModelPublished newest = house.all(house.topics().models()).stream()
                .map(record -> record.message())
                .filter(model -> model.getName().equals(name))
                .reduce((earlier, later) -> later)
                .orElseThrow();
        ModelStore store = new ModelStore(house.directory().resolve("spoilt"));
        try (Staging staging = store.begin(name)) {
            staging.copyFrom(Path.of(java.net.URI.create(newest.getUri())));
            StoredModel stored = staging.commit(ModelOrigin.imported(), newest.getVersion());
            turnABit(stored.directory().resolve("model.safetensors"));
            Topics topics = house.topics();
            try (LogWriter writer = new LogWriter(topics)) {
                writer.send(
                                topics.models(),
                                newest.toBuilder()
                                        .setVersion(stored.version().version())
                                        .setUri(stored.directory().toUri().toString())
                                        .setManifestSha256(stored.manifestSha256())
                                        .clearRunId()
                                        .clearStep()
                                        .build())
                        .join();
            }
            return stored.version();
        }
    }

    private static void turnABit(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 3] ^= 1;
            if (!file.toFile().setWritable(true)) {
                throw new IOException(file + " cannot be made writable");
            }
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
