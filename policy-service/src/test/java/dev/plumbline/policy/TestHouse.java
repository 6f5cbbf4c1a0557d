package dev.plumbline.policy;

import dev.plumbline.exchange.broker.EmbeddedBroker;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
            Path directory =
                    Files.createTempDirectory(Path.of("target"), "house").toAbsolutePath();
            EmbeddedBroker started = EmbeddedBroker.start(directory.resolve("broker"), 0);
            broker = Optional.of(started);
            return Map.of(
                    "plumbline.kafka.bootstrap-servers", started.bootstrapServers(),
                    "plumbline.models.cache", directory.resolve("cache").toString(),
                    "test.store", directory.resolve("store").toString(),
                    "plumbline.policy.control.port", Integer.toString(freePort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that nothing listens on now: unlike Quarkus' ports it cannot be found out afterwards. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void stop() {
        broker.ifPresent(EmbeddedBroker::close);
    }
}
