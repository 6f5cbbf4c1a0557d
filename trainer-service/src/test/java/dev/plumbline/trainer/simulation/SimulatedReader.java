package dev.plumbline.trainer.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/** A consumer that places itself. */
final class SimulatedReader {
    private static final int MOST_RECORDS = 5;
    /** Partitions come in any order, so that what was written later to another is often seen first. */
    private static final double LATE = 0.3;

    private final SimulatedLog log;
    private final SimulatedProcess process;
    private final Map<TopicPartition, Long> positions = new LinkedHashMap<>();
    private final Set<TopicPartition> paused = new HashSet<>();

    SimulatedReader(SimulatedLog log, SimulatedProcess process) {
        this.log = log;
        this.process = process;
    }

    public void assign(Collection<TopicPartition> partitions) {
        positions.keySet().retainAll(partitions);
        partitions.forEach(partition -> positions.putIfAbsent(partition, 0L));
    }

    public void seekToBeginning(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> positions.put(partition, 0L));
    }

    public void seek(TopicPartition partition, long offset) {
        positions.put(partition, offset);
    }

    public void pause(Collection<TopicPartition> partitions) {
        paused.addAll(partitions);
    }

    public void resume(Collection<TopicPartition> partitions) {
        paused.removeAll(partitions);
    }

    public long position(TopicPartition partition) {
        return positions.getOrDefault(partition, 0L);
    }

    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        partitions.forEach(partition -> offsets.put(partition, 0L));
        return offsets;
    }

    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
        process.call();
        Map<TopicPartition, Long> offsets = new HashMap<>();
        partitions.forEach(
                partition -> offsets.put(partition, log.partition(partition).end()));
        return offsets;
    }

    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        process.call();
        process.refuse("the broker does not answer");
        return fetch();
    }

    public void close() {}

    /** A few records of each partition. */
    ConsumerRecords<byte[], byte[]> fetch() {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> fetched = new LinkedHashMap<>();
        for (TopicPartition partition : List.copyOf(positions.keySet())) {
            if (paused.contains(partition) || process.chance().fault(LATE)) {
                continue;
            }
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            long next = log.partition(partition).end();
            for (ConsumerRecord<byte[], byte[]> record :
                    log.partition(partition).from(position(partition))) {
                if (records.size() == MOST_RECORDS) {
                    next = record.offset();
                    break;
                }
                records.add(record);
            }
            positions.put(partition, next);
            if (!records.isEmpty()) {
                fetched.put(partition, records);
            }
        }
        return new ConsumerRecords<>(fetched, Map.of());
    }
}
