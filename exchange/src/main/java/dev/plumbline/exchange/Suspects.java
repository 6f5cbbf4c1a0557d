package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Records that failed once and are to be tried again with nothing beside them, one at a time. */
final class Suspects<I extends Message> {

    private final Queue<OpenRecord<I>> queue = new ArrayDeque<>();
    private @Nullable OpenRecord<I> alone;

    void add(OpenRecord<I> record) {
        queue.add(record);
    }

    /** The next to be tried; empty if there is none at the moment. */
    Optional<OpenRecord<I>> due(Instant now) {
        return queue.stream().filter(record -> !now.isBefore(record.notBefore)).findFirst();
    }

    /** It is being tried. */
    void trying(OpenRecord<I> record) {
        queue.remove(record);
        alone = record;
    }

    /** Whether one is being tried. */
    boolean isTrying() {
        return alone != null;
    }

    /** It is not being tried any more. */
    void settled(OpenRecord<I> record) {
        queue.remove(record);
        if (alone == record) {
            alone = null;
        }
    }

    /** Its records have another owner. */
    void forget(Lane<I> lane) {
        queue.removeIf(record -> record.lane == lane);
        if (alone != null && alone.lane == lane) {
            alone = null;
        }
    }
}
