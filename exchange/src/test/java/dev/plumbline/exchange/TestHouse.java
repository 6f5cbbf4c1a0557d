package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The topics of one test, with what a producer, a reader and an operator see of them. */
record TestHouse(Topics topics) {

    static final String GROUP = "policy";
    static final Duration PATIENCE = Duration.ofMinutes(2);

    static TestHouse create(KafkaSettings settings) {
        Topics topics = new Topics(settings);
        topics.ensure();
        return new TestHouse(topics);
    }

    /** The same topics, seen by clients with other settings. */
    TestHouse with(Map<String, String> settings) {
        Map<String, String> client = new HashMap<>(topics.settings().client());
        client.putAll(settings);
        return new TestHouse(
                new Topics(new KafkaSettings(client, topics.settings().topics())));
    }

    static Prompt prompt(String id) {
        return Prompt.newBuilder().setId(id).setText("text of " + id).build();
    }

    RecordIdentity send(Prompt prompt) throws Exception {
        try (LogWriter writer = new LogWriter(topics)) {
            return writer.send(topics.prompts(), prompt).get();
        }
    }

    /** Prompts named p0, p1, … */
    List<RecordIdentity> sendPrompts(int count) throws Exception {
        List<RecordIdentity> written = new ArrayList<>();
        try (LogWriter writer = new LogWriter(topics)) {
            for (int i = 0; i < count; i++) {
                written.add(writer.send(topics.prompts(), prompt("p" + i)).get());
            }
        }
        return written;
    }

    RecordMetadata sendRaw(byte[] key, byte @Nullable [] value, Map<String, String> headers)
            throws ExecutionException, InterruptedException {
        try (KafkaProducer<byte[], byte[]> producer = topics.settings().newProducer()) {
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topics.prompts().name(), key, value);
            headers.forEach((name, text) -> record.headers().add(name, RecordCodec.bytes(text)));
            return producer.send(record).get();
        }
    }

    ExchangeLoop<Prompt, Rollout> loop(Responder<Prompt, Rollout> responder) {
        return loop(responder, 100);
    }

    ExchangeLoop<Prompt, Rollout> loop(Responder<Prompt, Rollout> responder, int maxOpen) {
        return new ExchangeLoop<>(
                topics,
                new Route<>(List.of(topics.prompts()), topics.rollouts()),
                new LoopSettings("policy-service", GROUP, maxOpen, Duration.ofMillis(20)),
                responder,
                InstantSource.system());
    }

    /** Everything committed to a topic so far, within a partition in order. */
    <M extends Message> List<Fetched<M>> read(Topic<M> topic) {
        List<Fetched<M>> all = new ArrayList<>();
        try (LogReader<M> reader = new LogReader<>(topics, topic)) {
            Map<Integer, Long> ends = reader.endOffsets();
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                all.addAll(reader.poll(Duration.ofMillis(100)));
            }
        }
        return all;
    }

    List<Rollout> rollouts() {
        return read(topics.rollouts()).stream()
                .map(record -> ((Incoming<Rollout>) record).message())
                .toList();
    }

    List<String> answeredIds() {
        return rollouts().stream().map(rollout -> rollout.getPrompt().getId()).toList();
    }

    /** The records of a topic of one partition as Kafka has them. */
    List<ConsumerRecord<byte[], byte[]>> raw(String topic) {
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = topics.settings().newReader()) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(all::add);
            }
        }
        return all;
    }

    /** What the group has committed for the first partition of the prompts. */
    OffsetAndMetadata committed() throws Exception {
        try (Admin admin = topics.settings().newAdmin()) {
            return admin.listConsumerGroupOffsets(topics.settings().topics().prefix() + GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .getOrDefault(new TopicPartition(topics.prompts().name(), 0), new OffsetAndMetadata(0));
        }
    }

    /** What an earlier process of the group may have left. */
    void commit(long offset, String metadata) throws Exception {
        try (Admin admin = topics.settings().newAdmin()) {
            admin.alterConsumerGroupOffsets(
                            topics.settings().topics().prefix() + GROUP,
                            Map.of(
                                    new TopicPartition(topics.prompts().name(), 0),
                                    new OffsetAndMetadata(offset, metadata)))
                    .all()
                    .get();
        }
    }

    /** Polls until something is so. */
    static void drive(ExchangeLoop<?, ?> loop, BooleanSupplier until) {
        drive(List.of(loop), until);
    }

    /** Polls several loops in turn until something is so. */
    static void drive(List<ExchangeLoop<?, ?>> loops, BooleanSupplier until) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!until.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not so within " + PATIENCE + ": "
                        + loops.stream().map(ExchangeLoop::status).toList());
            }
            loops.forEach(ExchangeLoop::poll);
        }
    }
}
