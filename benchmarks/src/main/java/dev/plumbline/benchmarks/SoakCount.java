package dev.plumbline.benchmarks;

import io.grpc.Status;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** How the calls of a soak ended. Safe for several threads. */
final class SoakCount {
    /** Ways to end. */
    enum End {
        ANSWERED,
        CANCELLED,
        LATE,
        REFUSED,
        WRONG
    }

    static final int COLUMNS = End.values().length + 1;

    static final String HEADING = Arrays.stream(End.values())
                    .map(end -> end.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(" | "))
            + " | tokens";

    private final Map<End, Long> ends = new EnumMap<>(End.class);
    private final AtomicLong tokens = new AtomicLong();

    synchronized void ended(End end) {
        ends.merge(end, 1L, Long::sum);
    }

    void tokens(int more) {
        tokens.addAndGet(more);
    }

    /**
     * The way in which a call with this status ended.
     *
     * @throws IllegalStateException if no call may end so
     */
    static End of(Status status) {
        return switch (status.getCode()) {
            case CANCELLED -> End.CANCELLED;
            case DEADLINE_EXCEEDED -> End.LATE;
            case RESOURCE_EXHAUSTED -> End.REFUSED;
            case INVALID_ARGUMENT -> End.WRONG;
            default -> throw new IllegalStateException("a call ended with " + status, status.getCause());
        };
    }

    /**
     * The same with an HTTP status.
     *
     * @throws IllegalStateException likewise
     */
    static End of(int httpStatus) {
        return switch (httpStatus) {
            case 200 -> End.ANSWERED;
            case 400 -> End.WRONG;
            case 429 -> End.REFUSED;
            default -> throw new IllegalStateException("a call ended with HTTP status " + httpStatus);
        };
    }

    synchronized String row() {
        return Arrays.stream(End.values())
                        .map(end -> ends.getOrDefault(end, 0L).toString())
                        .collect(Collectors.joining(" | "))
                + " | " + tokens;
    }
}
