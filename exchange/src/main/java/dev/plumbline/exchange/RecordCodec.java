package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Between Kafka's records and the house's. */
final class RecordCodec {

    private RecordCodec() {}

    static <M extends Message> Fetched<M> read(Topic<M> topic, String topicId, ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        String contentType = "";
        for (Header header : record.headers()) {
            String value = header.value() == null ? "" : text(header.value());
            headers.put(header.key(), value);
            if (header.key().equalsIgnoreCase(Topic.CONTENT_TYPE)) {
                contentType = value;
            }
        }
        Origin origin = new Origin(
                new RecordIdentity(topicId, record.partition(), record.offset()),
                record.topic(),
                record.key() == null ? "" : text(record.key()),
                headers,
                Instant.ofEpochMilli(record.timestamp()));
        try {
            return new Incoming<>(topic.decode(contentType, record.value()), origin);
        } catch (MalformedRecordException e) {
            return new Malformed<>(origin, e);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
