package dev.plumbline.exchange;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Failed attempts of a partition's records by offset. They are kept in the metadata of the committed offset, as in
 * {@code attempts 17=1 23=2}, and so survive a restart.
 */
final class Attempts {

    // A broker refuses metadata above 4096 bytes (offset.metadata.max.bytes); the lowest offsets are the next to be
    // tried again.
    private static final int MOST = 128;
    private static final String PREFIX = "attempts ";
    private static final Pattern ENTRY = Pattern.compile("([0-9]{1,18})=([0-9]{1,9})");

    private final TreeMap<Long, Integer> byOffset = new TreeMap<>();

    void load(String metadata) {
        if (!metadata.startsWith(PREFIX)) {
            return; // of another program, or of none
        }
        Matcher entry = ENTRY.matcher(metadata);
        while (entry.find()) {
            byOffset.put(Long.parseLong(entry.group(1)), Integer.parseInt(entry.group(2)));
        }
    }

    String metadata() {
        return byOffset.isEmpty()
                ? ""
                : byOffset.entrySet().stream()
                        .limit(MOST)
                        .map(Map.Entry::toString)
                        .collect(Collectors.joining(" ", PREFIX, ""));
    }

    int of(long offset) {
        return byOffset.getOrDefault(offset, 0);
    }

    void failed(long offset) {
        byOffset.merge(offset, 1, Integer::sum);
    }

    void done(long offset) {
        byOffset.remove(offset);
    }

    /** Nothing below is read any more. */
    void forgetBelow(long offset) {
        byOffset.headMap(offset).clear();
    }
}
