package dev.plumbline.exchange;

import java.time.Instant;
import java.util.Map;

/**
 * Where a record came from.
 *
 * @param identity its place in the log
 * @param topic the topic's name
 * @param key its key as text; empty if it has none
 * @param headers its headers as text, the last of each name; empty if it has none
 * @param timestamp when it was written
 */
public record Origin(
        RecordIdentity identity, String topic, String key, Map<String, String> headers, Instant timestamp) {

    public Origin {
        headers = Map.copyOf(headers);
    }
}
