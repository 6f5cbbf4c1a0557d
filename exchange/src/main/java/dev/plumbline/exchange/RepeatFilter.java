package dev.plumbline.exchange;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers the records that were answered last, so that a repeat costs no work. Only that: whoever must not count a
 * record twice has to look for himself, as this forgets the oldest, and everything at a restart. Safe for several
 * threads.
 */
public final class RepeatFilter {

    private final Map<RecordIdentity, Boolean> answered;

    /** Remembers so many records. */
    public RepeatFilter(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be >= 1, got " + capacity);
        }
        answered = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<RecordIdentity, Boolean> eldest) {
                return size() > capacity;
            }
        };
    }

    /** Whether a record is remembered as answered. */
    public synchronized boolean isRepeat(RecordIdentity record) {
        return answered.containsKey(record);
    }

    /** Remembers a record whose answer the broker has acknowledged. */
    public synchronized void answered(RecordIdentity record) {
        answered.put(record, Boolean.TRUE);
    }
}
