package dev.plumbline.exchange;

/**
 * How the house's topics are named and made.
 *
 * @param prefix put before every topic name, group and transactional id; empty for none
 * @param create whether missing topics are created; existing ones are only ever checked
 * @param partitions partitions of every topic but the three feeds, which have one
 * @param replicationFactor copies of each partition; 0 leaves it to the broker
 * @param maxRecordBytes the largest record of every topic
 */
public record TopicSettings(String prefix, boolean create, int partitions, int replicationFactor, int maxRecordBytes) {

    /** No prefix, created when missing, 8 partitions, the broker's replication, records up to 16 MiB. */
    public static final TopicSettings DEFAULT = new TopicSettings("", true, 8, 0, 16 * 1024 * 1024);

    public TopicSettings {
        if (!prefix.matches("[a-zA-Z0-9._-]{0,100}")) {
            throw new IllegalArgumentException(
                    "topics.prefix must be at most 100 letters, digits, '.', '_' or '-', got \"" + prefix + '"');
        }
        if (partitions < 1) {
            throw new IllegalArgumentException("topics.partitions must be >= 1, got " + partitions);
        }
        if (replicationFactor < 0 || replicationFactor > Short.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "topics.replication-factor must be 0 (the broker's default) or more, got " + replicationFactor);
        }
        if (maxRecordBytes < 1024) {
            throw new IllegalArgumentException("topics.max-record-bytes must be >= 1024, got " + maxRecordBytes);
        }
    }

    /** The same with another prefix. */
    public TopicSettings withPrefix(String otherPrefix) {
        return new TopicSettings(otherPrefix, create, partitions, replicationFactor, maxRecordBytes);
    }

    /** The same with another number of partitions. */
    public TopicSettings withPartitions(int otherPartitions) {
        return new TopicSettings(prefix, create, otherPartitions, replicationFactor, maxRecordBytes);
    }
}
