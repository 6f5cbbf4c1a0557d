package dev.plumbline.reward;

import com.google.protobuf.Message;
import dev.plumbline.exchange.FeedWriter;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Topic;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.broker.EmbeddedBroker;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.reward.verifier.HttpVerifier;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A house around the service under test: a broker, a model store, and the models that a trainer would have published. */
public final class TestHouse implements QuarkusTestResourceLifecycleManager {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static @Nullable TestHouse current;

    private @Nullable EmbeddedBroker broker;
    private @Nullable Topics topics;
    private @Nullable ModelStore store;
    private @Nullable FeedWriter feeds;
    private @Nullable HttpVerifier verifier;

    @Override
    public Map<String, String> start() {
        try {
            Path directory = Files.createTempDirectory("reward-house");
            broker = EmbeddedBroker.start(directory.resolve("kafka"), 0);
            topics = new Topics(KafkaSettings.defaults(broker.bootstrapServers()));
            topics.ensure();
            store = new ModelStore(directory.resolve("models"));
            feeds = new FeedWriter(topics, "test");
            verifier = new HttpVerifier(TestHouse::verified);
            current = this;
            return Map.of(
                    "plumbline.reward.verifiers.flaky.target", verifier.target().toString(),
                    "plumbline.reward.verifiers.flaky.retries", "0",
                    "plumbline.kafka.bootstrap-servers", broker.bootstrapServers(),
                    "plumbline.models.cache", directory.resolve("cache").toString(),
                    "plumbline.compute.threads", "1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Away at the first call; then two answers are worth 0.25 and -0.5. */
    private static HttpVerifier.Reply verified(int call) {
        return call == 1
                ? new HttpVerifier.Reply(HttpURLConnection.HTTP_UNAVAILABLE, "")
                : new HttpVerifier.Reply(
                        HttpURLConnection.HTTP_OK, "{\"verifications\":[{\"value\":0.25},{\"value\":-0.5}]}");
    }

    /** The verifier that the service knows as "flaky". */
    HttpVerifier verifier() {
        return Objects.requireNonNull(verifier);
    }

    static TestHouse current() {
        return Objects.requireNonNull(current, "the house is not up");
    }

    Topics topics() {
        return Objects.requireNonNull(topics);
    }

    FeedWriter feeds() {
        return Objects.requireNonNull(feeds);
    }

    static Path checkpoint(String family) {
        return Path.of(Objects.requireNonNull(System.getProperty("plumbline.vectors")), "models", family);
    }

    /** Publishes a checkpoint of the golden numbers under a name. */
    ModelVersion publish(String name, String family) {
        return publish(stored(name, family));
    }

    StoredModel stored(String name, String family) {
        try (Staging staging = Objects.requireNonNull(store).begin(name)) {
            staging.copyFrom(checkpoint(family));
            return staging.commit(ModelOrigin.imported());
        }
    }

    /** Publishes a reward model of the golden numbers with a bias. */
    ModelVersion publishBiased(String name, String family, double bias) {
        try (Staging staging = Objects.requireNonNull(store).begin(name)) {
            staging.copyFrom(checkpoint(family));
            Path config = staging.directory().resolve("config.json");
            Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"score_bias\": " + bias + ","));
            return publish(staging.commit(ModelOrigin.imported()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ModelVersion publish(StoredModel model) {
        feeds().publish(ModelPublished.newBuilder()
                .setName(model.version().name())
                .setVersion(model.version().version())
                .setUri(model.directory().toUri().toString())
                .setManifestSha256(model.manifestSha256())
                .build());
        return model.version();
    }

    <M extends Message> void send(Topic<M> topic, M message) {
        send(topic, message, Map.of());
    }

    <M extends Message> void send(Topic<M> topic, M message, Map<String, String> headers) {
        try (LogWriter writer = new LogWriter(topics())) {
            writer.send(topic, message, headers).join();
        }
    }

    /** The first record of a topic that fits, waiting for it. */
    <M extends Message> M await(Topic<M> topic, Predicate<M> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (LogReader<M> reader = new LogReader<>(topics(), topic)) {
            while (System.nanoTime() < deadline) {
                for (Fetched<M> fetched : reader.poll(Duration.ofMillis(200))) {
                    if (fetched instanceof Incoming<M> incoming && wanted.test(incoming.message())) {
                        return incoming.message();
                    }
                }
            }
        }
        throw new AssertionError("no such record arrived on " + topic + " in " + PATIENCE.toSeconds() + " s");
    }

    @Override
    public void stop() {
        if (verifier != null) {
            verifier.close();
        }
        if (feeds != null) {
            feeds.close();
        }
        if (broker != null) {
            broker.close();
        }
    }
}
