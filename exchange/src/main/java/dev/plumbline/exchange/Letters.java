package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.RecordError;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The records a loop writes. Answers carry on the trace context (W3C), the deadline and the CloudEvents extensions of the
 * record they answer, and are CloudEvents themselves (binary mode); their id is the identity of that record, so a repeat has the
 * same id.
 */
final class Letters<O extends Message> {

    private static final Set<String> CARRIED_ON = Set.of("traceparent", "tracestate", "baggage", RecordDeadline.HEADER);
    private static final Set<String> OWN_ATTRIBUTES =
            Set.of("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_datacontenttype", "ce_dataschema");

    private final Topic<O> output;
    private final String deadLetters;
    private final String service;

    Letters(Topic<O> output, String deadLetters, String service) {
        this.output = output;
        this.deadLetters = deadLetters;
        this.service = service;
    }

    /** An answer. */
    <I extends Message> ProducerRecord<byte[], byte[]> answer(OpenRecord<I> about, O message) {
        ConsumerRecord<byte[], byte[]> asked = about.raw;
        String key = output.keyOf(message);
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                output.name(), key.isEmpty() ? asked.key() : RecordCodec.bytes(key), message.toByteArray());
        for (Header header : asked.headers()) {
            String name = header.key().toLowerCase(Locale.ROOT);
            if (CARRIED_ON.contains(name) || (name.startsWith("ce_") && !OWN_ATTRIBUTES.contains(name))) {
                record.headers().add(header);
            }
        }
        put(record.headers(), Topic.CONTENT_TYPE, "application/protobuf");
        put(record.headers(), "ce_specversion", "1.0");
        put(record.headers(), "ce_id", about.identity().toString());
        put(record.headers(), "ce_source", "/plumbline/" + service);
        put(record.headers(), "ce_type", output.messageName());
        return record;
    }

    /** What is written of a refused record. */
    <I extends Message> ProducerRecord<byte[], byte[]> refusal(
            OpenRecord<I> about, Letter.Kind kind, RecordError error, Responder<I, O> responder) {
        return switch (kind) {
            case ANSWER, ERROR_RECORD ->
                answer(
                        about,
                        responder.errorRecord(
                                about.fetched.origin(), about.incoming().map(Incoming::message), error));
            case BARE_ERROR_RECORD ->
                answer(about, responder.errorRecord(about.fetched.origin(), Optional.empty(), error));
            case DEAD_LETTER -> dead(about, error, about.raw.value());
            case BARE_DEAD_LETTER -> dead(about, error, null);
        };
    }

    private ProducerRecord<byte[], byte[]> dead(OpenRecord<?> about, RecordError error, byte @Nullable [] value) {
        ConsumerRecord<byte[], byte[]> refused = about.raw;
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(deadLetters, refused.key(), value);
        for (Header header : refused.headers()) {
            record.headers().add(header);
        }
        put(record.headers(), "plumbline-error-reason", error.getReason());
        put(record.headers(), "plumbline-error-message", error.getMessage());
        put(record.headers(), "plumbline-error-field", error.getField());
        put(record.headers(), "plumbline-error-service", error.getService());
        put(record.headers(), "plumbline-original-topic", refused.topic());
        put(record.headers(), "plumbline-original-topic-id", about.identity().topicId());
        put(record.headers(), "plumbline-original-partition", String.valueOf(refused.partition()));
        put(record.headers(), "plumbline-original-offset", String.valueOf(refused.offset()));
        put(record.headers(), "plumbline-original-timestamp", String.valueOf(refused.timestamp()));
        return record;
    }

    private static void put(Headers headers, String name, String value) {
        headers.add(name, RecordCodec.bytes(value));
    }
}
