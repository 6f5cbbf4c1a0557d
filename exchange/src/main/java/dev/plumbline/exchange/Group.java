package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A loop's membership in its consumer group: its lanes, what they fetch and what they commit. For one thread. */
final class Group<I extends Message> {

    private static final Logger LOG = LoggerFactory.getLogger(Group.class);
    private static final Duration COMMIT_INTERVAL = Duration.ofMillis(100);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

    private final Topics topics;
    private final Map<String, Topic<I>> inputs = new LinkedHashMap<>();
    private final Owner<I> owner;
    private final Consumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Lane<I>> lanes = new LinkedHashMap<>();
    private final Backoff backoff = new Backoff();
    private boolean joined;
    private boolean committing;
    private Instant commitNotBefore = Instant.MIN;
    private String lastError = "";

    /** Who works on the lanes. */
    interface Owner<I extends Message> {

        /** Lanes are about to go: whatever is done is to be told now. */
        void leaving();

        /** A lane has gone. */
        void gone(Lane<I> lane);
    }

    Group(Topics topics, List<Topic<I>> inputs, String name, Owner<I> owner) {
        this.topics = topics;
        this.owner = owner;
        inputs.forEach(input -> this.inputs.put(input.name(), input));
        consumer = topics.clients().newGroupMember(name);
    }

    void join() {
        if (!joined) {
            consumer.subscribe(inputs.keySet(), new Rebalance());
            joined = true;
        }
    }

    void leave() {
        if (joined) {
            joined = false;
            consumer.unsubscribe(); // which revokes its lanes
        }
    }

    Collection<Lane<I>> lanes() {
        return List.copyOf(lanes.values());
    }

    /** Fetches records into lanes that have none waiting, and says how many came. */
    int fetch(Duration timeout, boolean wanted, Instant now) {
        if (!joined || !backoff.over(now)) {
            rest(timeout);
            return 0;
        }
        try {
            prepareLanes();
            pauseLanes(wanted);
            ConsumerRecords<byte[], byte[]> records = consumer.poll(timeout);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                Lane<I> lane = lanes.get(new TopicPartition(record.topic(), record.partition()));
                if (lane != null) {
                    lane.arrived(record);
                }
            }
            works();
            return records.count();
        } catch (RetriableException
                | ExchangeUnavailableException
                | AuthenticationException
                | AuthorizationException e) {
            fails("records cannot be fetched", e, now);
            return 0;
        }
    }

    /** Commits what is done without waiting, if it is time. */
    void commitSoon(Instant now) {
        if (committing || now.isBefore(commitNotBefore)) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> wanted = request(lanes.values(), Lane::unrequested);
        if (wanted.isEmpty()) {
            return;
        }
        committing = true;
        commitNotBefore = now.plus(COMMIT_INTERVAL);
        consumer.commitAsync(wanted, (offsets, failure) -> {
            committing = false;
            settle(offsets, failure == null);
            if (failure != null) {
                LOG.debug("a commit failed and will be made again", failure);
            }
        });
    }

    /** Commits what is done and says whether the broker has it. */
    boolean commitNow(Collection<Lane<I>> those) {
        Map<TopicPartition, OffsetAndMetadata> wanted = request(those, Lane::uncommitted);
        if (wanted.isEmpty()) {
            return true;
        }
        try {
            consumer.commitSync(wanted, ANSWER_WITHIN);
            settle(wanted, true);
            return true;
        } catch (RetriableException
                | CommitFailedException
                | RebalanceInProgressException
                | AuthenticationException
                | AuthorizationException e) {
            settle(wanted, false);
            LOG.warn("offsets cannot be committed, their records may be answered again: {}", e.toString());
            return false;
        }
    }

    List<LoopStatus.PartitionStatus> status() {
        List<LoopStatus.PartitionStatus> all = new ArrayList<>();
        lanes.values().forEach(lane -> all.add(lane.status(consumer.currentLag(lane.partition))));
        return all;
    }

    /** What Kafka last refused, until it works again; empty if it does. */
    String lastError() {
        return lastError;
    }

    Map<MetricName, ? extends Metric> metrics() {
        return consumer.metrics();
    }

    void close(Duration timeout) {
        consumer.close(CloseOptions.timeout(timeout)); // which revokes its lanes, if it still can
        drop(List.copyOf(lanes.keySet()));
    }

    private void prepareLanes() {
        Set<TopicPartition> asked = new HashSet<>();
        lanes.forEach((partition, lane) -> {
            if (!lane.isPrepared()) {
                asked.add(partition);
            }
        });
        if (asked.isEmpty()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(asked, ANSWER_WITHIN);
        for (Lane<I> lane : lanes.values()) {
            if (asked.contains(lane.partition)) {
                lane.prepare(
                        topics.topicId(lane.partition.topic()), Optional.ofNullable(committed.get(lane.partition)));
            }
        }
    }

    private void pauseLanes(boolean wanted) {
        for (Lane<I> lane : lanes.values()) {
            boolean pause = !wanted || !lane.isPrepared() || lane.hasWaiting();
            if (pause && !lane.paused) {
                consumer.pause(List.of(lane.partition));
            } else if (!pause && lane.paused) {
                consumer.resume(List.of(lane.partition));
            }
            lane.paused = pause;
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> request(
            Collection<Lane<I>> those, Function<Lane<I>, Optional<OffsetAndMetadata>> due) {
        Map<TopicPartition, OffsetAndMetadata> wanted = new HashMap<>();
        for (Lane<I> lane : those) {
            due.apply(lane).ifPresent(offset -> {
                wanted.put(lane.partition, offset);
                lane.requested(offset);
            });
        }
        return wanted;
    }

    private void settle(Map<TopicPartition, OffsetAndMetadata> offsets, boolean succeeded) {
        offsets.forEach((partition, offset) -> {
            Lane<I> lane = lanes.get(partition);
            if (lane != null && succeeded) {
                lane.committed(offset);
            } else if (lane != null) {
                lane.notCommitted();
            }
        });
    }

    private void drop(Collection<TopicPartition> gone) {
        for (TopicPartition partition : gone) {
            Lane<I> lane = lanes.remove(partition);
            if (lane != null) {
                owner.gone(lane);
            }
        }
    }

    private void works() {
        backoff.succeeded();
        lastError = "";
    }

    private void fails(String what, RuntimeException e, Instant now) {
        if (lastError.isEmpty()) {
            LOG.warn("{} and will be tried again: {}", what, e.toString());
        }
        lastError = what + ": " + e.getMessage();
        backoff.failed(now);
    }

    // A poll without Kafka paces its caller as one with Kafka does.
    private static void rest(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }

    private final class Rebalance implements ConsumerRebalanceListener {

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            for (TopicPartition partition : assigned) {
                Topic<I> input = inputs.get(partition.topic());
                if (input != null) {
                    Lane<I> lane = new Lane<>(partition, input);
                    lane.paused = true;
                    lanes.put(partition, lane);
                }
            }
            // Nothing is read before it is known what was tried before.
            consumer.pause(assigned);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            owner.leaving();
            commitNow(lanes.values().stream()
                    .filter(lane -> revoked.contains(lane.partition))
                    .toList());
            drop(revoked);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            drop(lost); // they have another owner already, so nothing may be committed
        }
    }
}
