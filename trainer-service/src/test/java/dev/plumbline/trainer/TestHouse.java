package dev.plumbline.trainer;

import dev.plumbline.exchange.broker.EmbeddedBroker;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A broker and an empty disk for the service under test. */
public final class TestHouse implements QuarkusTestResourceLifecycleManager {
    private Optional<EmbeddedBroker> broker = Optional.empty();

    @Override
    public Map<String, String> start() {
        try {
            Path directory = Files.createTempDirectory("trainer-house");
            EmbeddedBroker started = EmbeddedBroker.start(directory.resolve("broker"), 0);
            broker = Optional.of(started);
            return Map.of(
                    "plumbline.kafka.bootstrap-servers", started.bootstrapServers(),
                    "plumbline.topics.partitions", "2",
                    "plumbline.compute.threads", "1",
                    "plumbline.trainer.runs", directory.resolve("runs").toString(),
                    "plumbline.trainer.store", directory.resolve("store").toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        broker.ifPresent(EmbeddedBroker::close);
    }
}
