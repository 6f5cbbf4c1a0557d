package dev.plumbline.trainer.simulation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A consumer group: who is to own which partition, who does, and what was committed. A partition goes to its next owner
 * when the last one has given it up, or is held to be dead.
 */
final class SimulatedGroup {
    /** The same in every process, so that the same seed makes the same schedule. */
    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private final SimulatedLog log;
    private final Chance chance;
    private final List<SimulatedMember> members = new ArrayList<>();
    private final Map<TopicPartition, SimulatedMember> wanted = new TreeMap<>(ORDER);
    private final Map<TopicPartition, SimulatedMember> owners = new TreeMap<>(ORDER);
    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private final SortedSet<String> topics = new TreeSet<>();

    SimulatedGroup(SimulatedLog log, Chance chance) {
        this.log = log;
        this.chance = chance;
    }

    boolean has(SimulatedMember member) {
        return members.contains(member);
    }

    List<SimulatedMember> members() {
        return List.copyOf(members);
    }

    void join(SimulatedMember member, Collection<String> wantedTopics) {
        topics.addAll(wantedTopics);
        members.add(member);
        rebalance();
    }

    /** It left, or is held to be dead: whatever it owned is free. */
    void remove(SimulatedMember member) {
        if (members.remove(member)) {
            owners.values().removeIf(member::equals);
            rebalance();
        }
    }

    /** Gives every partition to some member. */
    void rebalance() {
        wanted.clear();
        if (members.isEmpty()) {
            return;
        }
        for (String topic : topics) {
            int partitions = log.topic(topic).orElseThrow().partitions().size();
            for (int partition = 0; partition < partitions; partition++) {
                wanted.put(new TopicPartition(topic, partition), chance.oneOf(members));
            }
        }
    }

    /** What a member owns and has to give up. */
    List<TopicPartition> surplus(SimulatedMember member) {
        List<TopicPartition> surplus = of(owners, member);
        surplus.removeIf(partition -> wanted.get(partition) == member);
        return surplus;
    }

    /** What a member is to own and nobody does. */
    List<TopicPartition> free(SimulatedMember member) {
        List<TopicPartition> free = of(wanted, member);
        free.removeIf(owners::containsKey);
        return free;
    }

    List<TopicPartition> owned(SimulatedMember member) {
        return of(owners, member);
    }

    void take(SimulatedMember member, Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> owners.put(partition, member));
    }

    void giveUp(Collection<TopicPartition> partitions) {
        partitions.forEach(owners::remove);
    }

    void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        committed.putAll(offsets);
    }

    Map<TopicPartition, OffsetAndMetadata> committed() {
        return committed;
    }

    private static List<TopicPartition> of(Map<TopicPartition, SimulatedMember> map, SimulatedMember member) {
        List<TopicPartition> partitions = new ArrayList<>();
        map.forEach((partition, who) -> {
            if (who == member) {
                partitions.add(partition);
            }
        });
        return partitions;
    }
}
