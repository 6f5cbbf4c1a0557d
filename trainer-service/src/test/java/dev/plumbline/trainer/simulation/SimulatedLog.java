package dev.plumbline.trainer.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.TimestampType;

/** What a broker keeps: topics of partitions, groups, and who may write transactions. Outlives every process. */
final class SimulatedLog {
    /** Of aborted transactions of strangers: offsets have gaps. */
    private static final double GAP = 0.1;

    private final VirtualTime time;
    private final Chance chance;
    private final Map<String, Topic> topics = new TreeMap<>();
    private final Map<String, SimulatedGroup> groups = new TreeMap<>();
    private final Map<String, Integer> epochs = new HashMap<>();

    SimulatedLog(VirtualTime time, Chance chance) {
        this.time = time;
        this.chance = chance;
    }

    /** @param settings it was made with */
    record Topic(Uuid id, Map<String, String> settings, List<Partition> partitions) {}

    /** Committed records by offset. */
    static final class Partition {
        private final TreeMap<Long, ConsumerRecord<byte[], byte[]>> records = new TreeMap<>();
        private long end;

        long end() {
            return end;
        }

        Collection<ConsumerRecord<byte[], byte[]>> from(long offset) {
            return records.tailMap(offset, true).values();
        }
    }

    Optional<Topic> topic(String name) {
        return Optional.ofNullable(topics.get(name));
    }

    Partition partition(TopicPartition partition) {
        return topic(partition.topic()).orElseThrow().partitions().get(partition.partition());
    }

    void create(String name, int partitions, Map<String, String> settings) {
        List<Partition> empty = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            empty.add(new Partition());
        }
        topics.put(name, new Topic(new Uuid(1, topics.size() + 1), settings, empty));
    }

    /** All records of a topic: partition by partition, in the order of their offsets. */
    List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        topic(topic).orElseThrow().partitions().forEach(partition -> all.addAll(partition.from(0)));
        return all;
    }

    RecordMetadata append(ProducerRecord<byte[], byte[]> record) {
        List<Partition> partitions = topic(record.topic()).orElseThrow().partitions();
        int number = Math.floorMod(Arrays.hashCode(record.key()), partitions.size());
        Partition partition = partitions.get(number);
        if (chance.happens(GAP)) {
            partition.end++;
        }
        long offset = partition.end++;
        partition.records.put(
                offset,
                new ConsumerRecord<>(
                        record.topic(),
                        number,
                        offset,
                        time.millis(),
                        TimestampType.CREATE_TIME,
                        0,
                        0,
                        record.key(),
                        record.value(),
                        record.headers(),
                        Optional.empty()));
        return new RecordMetadata(new TopicPartition(record.topic(), number), offset, 0, time.millis(), 0, 0);
    }

    /** A transactional producer of this name is the newest; older ones are fenced. */
    int takeOver(String name) {
        return epochs.merge(name, 1, Integer::sum);
    }

    boolean isFenced(String name, int epoch) {
        return epochs.getOrDefault(name, 0) != epoch;
    }

    SimulatedGroup group(String name) {
        return groups.computeIfAbsent(name, missing -> new SimulatedGroup(this, chance));
    }

    Collection<SimulatedGroup> groups() {
        return groups.values();
    }
}
