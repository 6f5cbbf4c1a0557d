package dev.plumbline.trainer.simulation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A consumer group: who is to own which partition, who does, and what was committed. A partition goes to its next owner
 * when the last one has given it up, or is held to be dead.
 */
final class SimulatedGroup {
    private final SimulatedLog log;
    private final Chance chance;
    private final List<SimulatedMember> members = new ArrayList<>();
    private final Map<TopicPartition, SimulatedMember> wanted = new HashMap<>();
    private final Map<TopicPartition, SimulatedMember> owners = new HashMap<>();
    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private final Set<String> topics = new HashSet<>();

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
        for (String topic : topics.stream().sorted().toList()) {
            int partitions = log.topic(topic).orElseThrow().partitions().size();
            for (int partition = 0; partition < partitions; partition++) {
                wanted.put(new TopicPartition(topic, partition), chance.oneOf(members));
            }
        }
    }

    /** What a member owns and has to give up. */
    List<TopicPartition> surplus(SimulatedMember member) {
        return sorted(owners, member).stream()
                .filter(partition -> wanted.get(partition) != member)
                .toList();
    }

    /** What a member is to own and nobody does. */
    List<TopicPartition> free(SimulatedMember member) {
        return sorted(wanted, member).stream()
                .filter(partition -> !owners.containsKey(partition))
                .toList();
    }

    List<TopicPartition> owned(SimulatedMember member) {
        return sorted(owners, member);
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

    private static List<TopicPartition> sorted(Map<TopicPartition, SimulatedMember> map, SimulatedMember member) {
        return map.entrySet().stream()
                .filter(entry -> entry.getValue() == member)
                .map(Map.Entry::getKey)
                .sorted((a, b) -> a.toString().compareTo(b.toString()))
                .toList();
    }
}
