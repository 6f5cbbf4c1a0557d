package dev.plumbline.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import dev.plumbline.exchange.FeedWriter;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import dev.plumbline.proto.policy.v1.PolicyControlServiceGrpc;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.eclipse.microprofile.config.ConfigProvider;

/** The others of the house, as a test plays them: a trainer that publishes, producers, callers, readers of rollouts. */
public final class RunningHouse implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Topics topics = new Topics(KafkaSettings.defaults(setting("plumbline.kafka.bootstrap-servers")));
    private final ModelStore store = new ModelStore(Path.of(setting("test.store")));
    private final ManagedChannel channel = NettyChannelBuilder.forAddress(
                    "127.0.0.1", Integer.parseInt(setting("quarkus.grpc.server.test-port")))
            .usePlaintext()
            .build();
    private final ManagedChannel control = NettyChannelBuilder.forAddress(
                    "127.0.0.1", Integer.parseInt(setting("plumbline.policy.control.port")))
            .usePlaintext()
            .build();
    private final HttpClient http = HttpClient.newHttpClient();
    private final FeedWriter feeds;
    private final LogWriter prompts;
    private final LogReader<Rollout> rollouts;
    private final List<Incoming<Rollout>> read = new ArrayList<>();

    RunningHouse() {
        topics.ensure();
        feeds = new FeedWriter(topics, "test");
        prompts = new LogWriter(topics);
        rollouts = new LogReader<>(topics, topics.rollouts());
    }

    private static String setting(String name) {
        return ConfigProvider.getConfig().getValue(name, String.class);
    }

    Topics topics() {
        return topics;
    }

    FeedWriter feeds() {
        return feeds;
    }

    ManagedChannel channel() {
        return channel;
    }

    PolicyServiceGrpc.PolicyServiceBlockingStub blocking() {
        return PolicyServiceGrpc.newBlockingStub(channel);
    }

    PolicyControlServiceGrpc.PolicyControlServiceBlockingStub control() {
        return PolicyControlServiceGrpc.newBlockingStub(control);
    }

    PolicyServiceGrpc.PolicyServiceFutureStub future() {
        return PolicyServiceGrpc.newFutureStub(channel);
    }

    PolicyServiceGrpc.PolicyServiceStub streaming() {
        return PolicyServiceGrpc.newStub(channel);
    }

    /** Publishes a copy of a checkpoint as the next version of a name. */
    ModelVersion publish(Path checkpoint, String name, ModelOrigin origin) {
        StoredModel model = stage(checkpoint, name, origin);
        announce(model);
        return model.version();
    }

    /** Publishes the next version of the served name and waits until it is served. */
    ModelVersion serve(Path checkpoint) {
        ModelVersion version = publish(checkpoint, "policy", ModelOrigin.imported());
        eventually(() -> served().equals(Optional.of(version.toString())));
        return version;
    }

    /** Publishes a version one of whose weights was changed on the disk after its digest was taken. */
    ModelVersion publishCorrupted(Path checkpoint) throws Exception {
        StoredModel model = stage(checkpoint, "policy", ModelOrigin.imported());
        Path weights = model.directory().resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.delete(weights);
        Files.write(weights, bytes, StandardOpenOption.CREATE_NEW);
        announce(model);
        return model.version();
    }

    private StoredModel stage(Path checkpoint, String name, ModelOrigin origin) {
        try (Staging staging = store.begin(name)) {
            staging.copyFrom(checkpoint);
            return staging.commit(origin);
        }
    }

    private void announce(StoredModel model) {
        ModelOrigin origin = model.manifest().origin();
        ModelPublished.Builder published = ModelPublished.newBuilder()
                .setName(model.version().name())
                .setVersion(model.version().version())
                .setUri(model.directory().toUri().toString())
                .setManifestSha256(model.manifestSha256())
                .setRunId(origin.runId());
        if (origin.step() != ModelOrigin.NO_STEP) {
            published.setStep(origin.step());
        }
        feeds.publish(published.build());
    }

    /** The version that answers who asks for none. */
    Optional<String> served() {
        try {
            return Optional.of(blocking()
                    .getModelInfo(GetModelInfoRequest.getDefaultInstance())
                    .getModel());
        } catch (StatusRuntimeException e) {
            return Optional.empty();
        }
    }

    RecordIdentity submit(Prompt prompt) {
        return prompts.send(topics.prompts(), prompt).join();
    }

    RecordIdentity submit(Prompt prompt, Map<String, String> headers) {
        return prompts.send(topics.prompts(), prompt, headers).join();
    }

    RecordIdentity submitForTraining(Prompt prompt) {
        return prompts.send(topics.trainingPrompts(), prompt).join();
    }

    /** Writes bytes that need not be a prompt. */
    void submitRaw(String key, byte[] value) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", setting("plumbline.kafka.bootstrap-servers"));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topics.prompts().name(), key.getBytes(UTF_8), value))
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The bytes of the dead letter with this key, which is waited for. */
    Optional<byte[]> deadLetter(String key) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", setting("plumbline.kafka.bootstrap-servers"));
        settings.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(consumer.partitionsFor(topics.deadLetters()).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList());
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(Duration.ofMillis(100))) {
                    if (Arrays.equals(letter.key(), key.getBytes(UTF_8))) {
                        return Optional.of(letter.value());
                    }
                }
            }
            return Optional.empty();
        }
    }

    /** Versions that answer who asks for them by name. */
    List<String> alsoServed() {
        return blocking().getModelInfo(GetModelInfoRequest.getDefaultInstance()).getAlsoServedList();
    }

    /** Waits until something is so. */
    static void eventually(Callable<Boolean> so) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(so);
    }

    /** The first rollout like this, which is waited for. */
    Rollout rollout(Predicate<Rollout> wanted) {
        return rolloutRecord(wanted).message();
    }

    /** The record of the first rollout like this, which is waited for. */
    Incoming<Rollout> rolloutRecord(Predicate<Rollout> wanted) {
        eventually(() -> {
            fetch();
            return read.stream().anyMatch(record -> wanted.test(record.message()));
        });
        return read.stream()
                .filter(record -> wanted.test(record.message()))
                .findFirst()
                .orElseThrow();
    }

    /** All rollouts so far. */
    List<Rollout> rollouts() {
        fetch();
        return read.stream().map(Incoming::message).toList();
    }

    private void fetch() {
        for (Fetched<Rollout> record : rollouts.poll(Duration.ofMillis(20))) {
            read.add((Incoming<Rollout>) record);
        }
    }

    /** A place on the service's HTTP side. */
    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + setting("quarkus.http.test-port") + path);
    }

    /** The sum of a metric over its labels. */
    double metric(String name) {
        return get("/q/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** What the service's HTTP side says. */
    HttpResponse<String> get(String path) {
        URI uri = uri(path);
        try {
            return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        } catch (Exception e) {
            throw new IllegalStateException(uri + " does not answer", e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        control.shutdownNow();
        feeds.close();
        prompts.close();
        rollouts.close();
    }
}
