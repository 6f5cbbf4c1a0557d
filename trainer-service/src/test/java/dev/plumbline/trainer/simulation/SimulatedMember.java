package dev.plumbline.trainer.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.clients.consumer.RetriableCommitFailedException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A member of a group. It learns only when it polls that its partitions have gone, as Kafka's does. */
final class SimulatedMember {
    private final SimulatedProcess process;
    private final SimulatedGroup group;
    private final SimulatedReader reader;
    private final List<Runnable> callbacks = new ArrayList<>();
    private Collection<String> topics = List.of();
    private @Nullable ConsumerRebalanceListener listener;
    /** As it believes. */
    private List<TopicPartition> owned = List.of();

    SimulatedMember(SimulatedLog log, SimulatedProcess process, SimulatedGroup group) {
        this.process = process;
        this.group = group;
        this.reader = new SimulatedReader(log, process);
    }

    SimulatedProcess process() {
        return process;
    }

    public void subscribe(Collection<String> wanted, ConsumerRebalanceListener told) {
        topics = List.copyOf(wanted);
        listener = told;
        group.join(this, topics);
    }

    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        process.call();
        List<Runnable> due = List.copyOf(callbacks);
        callbacks.clear();
        due.forEach(Runnable::run);
        process.refuse("the coordinator does not answer");
        ConsumerRebalanceListener told = listener;
        if (told == null) {
            return ConsumerRecords.empty();
        }
        if (!group.has(this)) {
            told.onPartitionsLost(owned);
            owned = List.of();
            group.join(this, topics);
        }
        rebalance(told);
        return reader.fetch();
    }

    private void rebalance(ConsumerRebalanceListener told) {
        List<TopicPartition> surplus = group.surplus(this);
        if (!surplus.isEmpty()) {
            told.onPartitionsRevoked(surplus);
            group.giveUp(surplus);
        }
        List<TopicPartition> free = group.free(this);
        group.take(this, free);
        owned = group.owned(this);
        reader.assign(owned);
        for (TopicPartition partition : free) {
            OffsetAndMetadata last = group.committed().get(partition);
            reader.seek(partition, last == null ? 0 : last.offset());
        }
        if (!free.isEmpty()) {
            told.onPartitionsAssigned(free);
        }
    }

    public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions, Duration timeout) {
        process.refuse("committed offsets cannot be read");
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        partitions.forEach(partition -> {
            OffsetAndMetadata last = group.committed().get(partition);
            if (last != null) {
                offsets.put(partition, last);
            }
        });
        return offsets;
    }

    public void commitAsync(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
        boolean refused = !group.has(this) || process.chance().fault(0.05);
        if (!refused || process.chance().happens(0.5)) {
            commitIfOwner(offsets);
        }
        callbacks.add(
                () -> callback.onComplete(offsets, refused ? new RetriableCommitFailedException("not now") : null));
    }

    public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
        if (!group.has(this) || process.chance().fault(0.1)) {
            throw new CommitFailedException("the group has gone on without it");
        }
        commitIfOwner(offsets);
    }

    private void commitIfOwner(Map<TopicPartition, OffsetAndMetadata> offsets) {
        if (group.owned(this).containsAll(offsets.keySet())) {
            group.commit(offsets);
        }
    }

    public void pause(Collection<TopicPartition> partitions) {
        reader.pause(partitions);
    }

    public void resume(Collection<TopicPartition> partitions) {
        reader.resume(partitions);
    }

    public OptionalLong currentLag(TopicPartition partition) {
        return OptionalLong.empty();
    }

    public Map<MetricName, ? extends Metric> metrics() {
        return Map.of();
    }

    public void close(CloseOptions options) {
        group.remove(this);
    }
}
