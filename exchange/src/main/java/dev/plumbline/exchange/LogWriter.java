package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes records that the broker has acknowledged before they count. Safe for several threads. */
public final class LogWriter implements AutoCloseable {

    private final Topics topics;
    private final Producer<byte[], byte[]> producer;

    public LogWriter(Topics topics) {
        this.topics = topics;
        producer = topics.clients().newProducer();
    }

    /** Writes a message under its key; ends with its place in the log, or with the broker's error. */
    public <M extends Message> CompletableFuture<RecordIdentity> send(Topic<M> topic, M message) {
        return send(topic, message, Map.of());
    }

    /** Writes a message under its key with headers, for example {@code traceparent}. */
    public <M extends Message> CompletableFuture<RecordIdentity> send(
            Topic<M> topic, M message, Map<String, String> headers) {
        CompletableFuture<RecordIdentity> written = new CompletableFuture<>();
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic.name(), RecordCodec.bytes(topic.keyOf(message)), message.toByteArray());
        headers.forEach((name, value) -> record.headers().add(name, RecordCodec.bytes(value)));
        String topicId = topics.topicId(topic);
        // The callback tells everything the future would.
        var unused = producer.send(record, (metadata, failure) -> {
            if (failure == null) {
                written.complete(new RecordIdentity(topicId, metadata.partition(), metadata.offset()));
            } else {
                written.completeExceptionally(failure);
            }
        });
        return written;
    }

    /** Waits until everything sent has been acknowledged or has failed. */
    public void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close(KafkaSettings.CLOSING);
    }
}
