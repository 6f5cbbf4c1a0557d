package dev.plumbline.exchange;

import java.util.List;
import java.util.Map;

/**
 * A loop as it stood after its last poll.
 *
 * @param mode what it is told to do
 * @param partitions those it owns
 * @param inHand records the responder works on
 * @param writing records whose answer the broker has not acknowledged
 * @param counts what it has done so far
 * @param lastError what Kafka last refused, until it works again; empty if it works
 */
public record LoopStatus(
        Mode mode, List<PartitionStatus> partitions, int inHand, int writing, LoopCounts counts, String lastError) {

    public LoopStatus {
        partitions = List.copyOf(partitions);
    }

    /** What a loop is told to do. */
    public enum Mode {
        /** Takes records. */
        RUNNING,
        /** Owns its partitions, takes no new records, finishes those in hand. */
        DRAINING,
        /** Left the group: others own its partitions. */
        AWAY
    }

    /**
     * A partition it owns.
     *
     * @param topic the topic's name
     * @param partition from 0
     * @param committed where a new owner starts; -1 before the first commit
     * @param lag records not yet done with; -1 until Kafka has told it
     * @param waitsFor why its next record waits; empty if it does not
     */
    public record PartitionStatus(String topic, int partition, long committed, long lag, String waitsFor) {}

    /**
     * Counts since the start.
     *
     * @param answered records whose answer the broker has acknowledged
     * @param rejected by reason, records refused with a dead letter
     * @param passed records committed past without an answer
     * @param defects failed attempts
     */
    public record LoopCounts(long answered, Map<String, Long> rejected, long passed, long defects) {

        public LoopCounts {
            rejected = Map.copyOf(rejected);
        }
    }

    /** Records not yet done with, over all partitions it owns; NaN until Kafka has told it. */
    public double lag() {
        return partitions.stream()
                .mapToDouble(partition -> partition.lag() < 0 ? Double.NaN : partition.lag())
                .sum();
    }

    /** Records taken whose answer the broker has not acknowledged. */
    public int open() {
        return inHand + writing;
    }

    /** Whether every record that was taken has been answered and written. */
    public boolean isIdle() {
        return open() == 0;
    }
}
