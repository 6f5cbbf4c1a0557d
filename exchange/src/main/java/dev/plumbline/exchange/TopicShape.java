package dev.plumbline.exchange;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/**
 * What a topic has to be like.
 *
 * @param partitions exactly so many
 * @param maxRecordBytes the largest record, at least
 * @param created settings it is made with
 * @param required settings it must have, whoever made it
 */
record TopicShape(int partitions, int maxRecordBytes, Map<String, String> created, Map<String, String> required) {

    private static final Map<String, String> DELETE = Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, "delete");
    private static final Map<String, String> COMPACT = Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, "compact");
    private static final Map<String, String> KEPT = Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG, "delete",
            TopicConfig.RETENTION_MS_CONFIG, "-1",
            TopicConfig.RETENTION_BYTES_CONFIG, "-1");

    /** Old records go when the broker's retention says so. */
    static TopicShape passing(int partitions, int maxRecordBytes) {
        return new TopicShape(partitions, maxRecordBytes, DELETE, DELETE);
    }

    /** Made to be kept, because a run started anew looks for its own records; an operator may decide otherwise. */
    static TopicShape keptByDefault(int partitions, int maxRecordBytes) {
        return new TopicShape(partitions, maxRecordBytes, KEPT, DELETE);
    }

    /** Kept without limit. */
    static TopicShape kept(int partitions, int maxRecordBytes) {
        return new TopicShape(partitions, maxRecordBytes, KEPT, KEPT);
    }

    /** One partition, the last record of each key is kept. */
    static TopicShape compactedFeed(int maxRecordBytes) {
        return new TopicShape(1, maxRecordBytes, COMPACT, COMPACT);
    }

    /** Every setting a new topic is made with. */
    Map<String, String> settings() {
        Map<String, String> all = new LinkedHashMap<>(created);
        all.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, String.valueOf(maxRecordBytes));
        return all;
    }

    /** What is wrong with an existing topic, one sentence each. */
    List<String> problems(String topic, int actualPartitions, Map<String, String> actual) {
        List<String> problems = new ArrayList<>();
        if (actualPartitions != partitions) {
            problems.add(topic + " has " + actualPartitions + " partitions, must have " + partitions
                    + (partitions == 1
                            ? ": it is read in one order; make it anew"
                            : ": set topics.partitions to " + actualPartitions + " or change the topic"));
        }
        required.forEach((setting, wanted) -> {
            String found = actual.getOrDefault(setting, "");
            if (!found.equals(wanted)) {
                problems.add(topic + " has " + setting + '=' + found + ", must have " + wanted + ": alter the topic");
            }
        });
        long largest = Long.parseLong(actual.getOrDefault(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "0"));
        if (largest < maxRecordBytes) {
            problems.add(topic + " has " + TopicConfig.MAX_MESSAGE_BYTES_CONFIG + '=' + largest
                    + ", must have at least " + maxRecordBytes + ": alter the topic or lower topics.max-record-bytes");
        }
        return problems;
    }
}
