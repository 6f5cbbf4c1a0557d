package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * All partitions of a topic, read from places of the caller's choice: no group, no committed offsets. Starts at the
 * beginning. Only committed records are seen. Not for several threads.
 */
public final class LogReader<M extends Message> implements AutoCloseable {

    private final Topic<M> topic;
    private final String topicId;
    private final List<TopicPartition> partitions;
    private final Consumer<byte[], byte[]> consumer;

    /** The topic must exist. */
    public LogReader(Topics topics, Topic<M> topic) {
        this.topic = topic;
        topicId = topics.topicId(topic);
        partitions = new ArrayList<>();
        int count = topics.partitions(topic);
        for (int partition = 0; partition < count; partition++) {
            partitions.add(new TopicPartition(topic.name(), partition));
        }
        consumer = topics.clients().newReader();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Kafka's id of the topic that is read. */
    public String topicId() {
        return topicId;
    }

    /** How many partitions it has. */
    public int partitions() {
        return partitions.size();
    }

    /** Goes on from an offset. */
    public void seek(int partition, long offset) {
        consumer.seek(partitions.get(partition), offset);
    }

    /** Stops fetching a partition until {@link #resume}, to bound what is held. */
    public void pause(int partition) {
        consumer.pause(List.of(partitions.get(partition)));
    }

    /** Fetches a partition again. */
    public void resume(int partition) {
        consumer.resume(List.of(partitions.get(partition)));
    }

    /** Offset of the next record of a partition. */
    public long position(int partition) {
        return asked(() -> consumer.position(partitions.get(partition)));
    }

    /** The next records, within a partition in offset order; empty if none came in time. */
    public List<Fetched<M>> poll(Duration timeout) {
        return asked(() -> {
            List<Fetched<M>> fetched = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
                fetched.add(RecordCodec.read(topic, topicId, record));
            }
            return fetched;
        });
    }

    /** By partition: the oldest offset that is still kept. */
    public Map<Integer, Long> beginningOffsets() {
        return asked(() -> byPartition(consumer.beginningOffsets(partitions)));
    }

    /** By partition: one past the last committed record. */
    public Map<Integer, Long> endOffsets() {
        return asked(() -> byPartition(consumer.endOffsets(partitions)));
    }

    @Override
    public void close() {
        consumer.close();
    }

    private <T> T asked(Supplier<T> question) {
        return Asking.broker(topic + " cannot be read", question);
    }

    private static Map<Integer, Long> byPartition(Map<TopicPartition, Long> offsets) {
        Map<Integer, Long> sorted = new TreeMap<>();
        offsets.forEach((partition, offset) -> sorted.put(partition.partition(), offset));
        return sorted;
    }
}
