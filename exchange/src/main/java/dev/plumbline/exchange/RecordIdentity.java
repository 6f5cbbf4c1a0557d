package dev.plumbline.exchange;

import dev.plumbline.proto.exchange.v1.LogPosition;
import java.util.Comparator;

/**
 * A record's place in the log, which no repeat can change. Ordered by topic id, partition, offset.
 *
 * @param topicId Kafka's topic id as text: a topic made anew is another topic
 * @param partition from 0
 * @param offset from 0
 */
public record RecordIdentity(String topicId, int partition, long offset) implements Comparable<RecordIdentity> {

    private static final Comparator<RecordIdentity> LOG_ORDER = Comparator.comparing(RecordIdentity::topicId)
            .thenComparingInt(RecordIdentity::partition)
            .thenComparingLong(RecordIdentity::offset);

    public RecordIdentity {
        if (topicId.isEmpty()) {
            throw new IllegalArgumentException("topicId must not be empty");
        }
        if (partition < 0) {
            throw new IllegalArgumentException("partition must be >= 0, got " + partition);
        }
        if (offset < 0) {
            throw new IllegalArgumentException("offset must be >= 0, got " + offset);
        }
    }

    /** From its form on the wire. */
    public static RecordIdentity of(LogPosition position) {
        return new RecordIdentity(position.getTopicId(), position.getPartition(), position.getOffset());
    }

    /** Its form on the wire. */
    public LogPosition toLogPosition() {
        return LogPosition.newBuilder()
                .setTopicId(topicId)
                .setPartition(partition)
                .setOffset(offset)
                .build();
    }

    @Override
    public int compareTo(RecordIdentity other) {
        return LOG_ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return topicId + '/' + partition + '/' + offset;
    }
}
