package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A partition a loop owns. Only the loop's thread touches it. */
final class Lane<I extends Message> {

    final TopicPartition partition;
    final Attempts attempts = new Attempts();

    private final Topic<I> topic;
    private final ArrayDeque<OpenRecord<I>> waiting = new ArrayDeque<>();
    private final TreeMap<Long, OpenRecord<I>> open = new TreeMap<>();
    private final TreeMap<Long, OpenRecord<I>> givenBack = new TreeMap<>();
    private @Nullable String topicId;
    private long next = -1;
    private String waitsFor = "";
    private Instant blockedUntil = Instant.MIN;
    private @Nullable OffsetAndMetadata requested;
    private @Nullable OffsetAndMetadata committed;

    /** Whether the consumer leaves it out. */
    boolean paused;

    /** Whether it has another owner. */
    boolean gone;

    Lane(TopicPartition partition, Topic<I> topic) {
        this.partition = partition;
        this.topic = topic;
    }

    /** Takes in what is known of the partition; before that nothing of it is read. */
    void prepare(String id, Optional<OffsetAndMetadata> last) {
        topicId = id;
        last.ifPresent(offset -> {
            attempts.load(offset.metadata());
            committed = offset;
            requested = offset;
        });
    }

    boolean isPrepared() {
        return topicId != null;
    }

    void arrived(ConsumerRecord<byte[], byte[]> record) {
        if (topicId == null) {
            throw new IllegalStateException(partition + " was read before it was prepared");
        }
        waiting.add(new OpenRecord<>(this, record, RecordCodec.read(topic, topicId, record)));
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /** The record to be offered next: one that was given back goes before new ones. Empty if none may be now. */
    Optional<OpenRecord<I>> head(Instant now, boolean roomForNew) {
        if (now.isBefore(blockedUntil)) {
            return Optional.empty();
        }
        if (!givenBack.isEmpty()) {
            return Optional.of(givenBack.firstEntry().getValue());
        }
        return roomForNew ? Optional.ofNullable(waiting.peek()) : Optional.empty();
    }

    /** The head is being answered, and is open until {@link #done}. */
    void take(OpenRecord<I> record) {
        open.put(record.offset(), record);
        remove(record);
    }

    /** The head needs no answer. */
    void pass(OpenRecord<I> record) {
        done(record);
        remove(record);
    }

    /** An open record will be offered again. */
    void giveBack(OpenRecord<I> record) {
        givenBack.put(record.offset(), record);
    }

    void done(OpenRecord<I> record) {
        open.remove(record.offset());
        attempts.done(record.offset());
    }

    Collection<OpenRecord<I>> open() {
        return open.values();
    }

    void block(String reason, Instant now, Duration retryAfter) {
        waitsFor = reason;
        blockedUntil = now.plus(retryAfter);
    }

    void unblock() {
        waitsFor = "";
        blockedUntil = Instant.MIN;
    }

    /** How long to wait for news of it: {@code busy} while records are open, else until its block ends or idle. */
    Duration patience(Instant now, Duration busy, Duration idle) {
        if (!open.isEmpty()) {
            return busy.compareTo(idle) < 0 ? busy : idle;
        }
        if (blockedUntil.isBefore(now)) {
            return idle;
        }
        Duration blocked = Duration.between(now, blockedUntil);
        return blocked.compareTo(idle) > 0 ? idle : blocked;
    }

    /** What is to be committed and was not asked for yet; empty if there is nothing. */
    Optional<OffsetAndMetadata> unrequested() {
        return progress().filter(wanted -> !same(requested, wanted));
    }

    /** What is to be committed and is not; empty if there is nothing. */
    Optional<OffsetAndMetadata> uncommitted() {
        return progress().filter(wanted -> !same(committed, wanted));
    }

    void requested(OffsetAndMetadata offset) {
        requested = offset;
    }

    void committed(OffsetAndMetadata offset) {
        committed = offset;
    }

    /** The last request failed: it is made again. */
    void notCommitted() {
        requested = committed;
    }

    LoopStatus.PartitionStatus status(OptionalLong notFetched) {
        return new LoopStatus.PartitionStatus(
                partition.topic(),
                partition.partition(),
                committed == null ? -1 : committed.offset(),
                notFetched.isPresent() ? notFetched.getAsLong() + waiting.size() + open.size() : -1,
                waitsFor);
    }

    private Optional<OffsetAndMetadata> progress() {
        if (next < 0) {
            return Optional.empty();
        }
        // Every record before the first open one is done.
        long offset = open.isEmpty() ? next : open.firstKey();
        attempts.forgetBelow(offset);
        return Optional.of(new OffsetAndMetadata(offset, attempts.metadata()));
    }

    private void remove(OpenRecord<I> record) {
        if (givenBack.remove(record.offset()) == null) {
            waiting.remove(record);
            next = record.offset() + 1;
        }
    }

    // The leader epoch of a commit that was read back says nothing about its content.
    private static boolean same(@Nullable OffsetAndMetadata known, OffsetAndMetadata wanted) {
        return known != null
                && known.offset() == wanted.offset()
                && known.metadata().equals(wanted.metadata());
    }
}
