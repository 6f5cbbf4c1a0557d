package dev.plumbline.policy.request;

import com.google.protobuf.util.Durations;
import dev.plumbline.proto.policy.v1.Timing;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Where the time of a request went. Made where it arrives, then used on the engine's thread. */
public final class AnswerTiming {
    private final LongSupplier nanoTime;
    private final long arrived;
    private @Nullable Long begun;
    private @Nullable Long firstToken;
    private @Nullable Long lastToken;
    /** Tokens of all answers. */
    private int tokens;
    /** Tokens of the answer that has most of them so far, which is as many as there were steps. */
    private int steps;

    public AnswerTiming(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.arrived = nanoTime.getAsLong();
    }

    /** The first computation begins. */
    public void begin() {
        begun = nanoTime.getAsLong();
    }

    /**
     * A token came.
     *
     * @param position of the token in its answer, from 0
     */
    public void token(int position) {
        long now = nanoTime.getAsLong();
        if (firstToken == null) {
            firstToken = now;
        }
        lastToken = now;
        tokens++;
        steps = Math.max(steps, position + 1);
    }

    /** Tokens of all answers. */
    public int tokens() {
        return tokens;
    }

    /** From arrival to now. */
    public Duration total() {
        return Duration.ofNanos(nanoTime.getAsLong() - arrived);
    }

    Optional<Duration> toFirstToken() {
        return firstToken == null ? Optional.empty() : Optional.of(Duration.ofNanos(firstToken - arrived));
    }

    /** Per token of the longest answer after its first; answers side by side share their steps. */
    Optional<Duration> perToken() {
        return firstToken == null || lastToken == null || steps < 2
                ? Optional.empty()
                : Optional.of(Duration.ofNanos((lastToken - firstToken) / (steps - 1)));
    }

    /** As it is told to the caller. */
    public Timing toProto() {
        long now = nanoTime.getAsLong();
        long started = begun == null ? now : begun;
        long first = firstToken == null ? now : firstToken;
        long last = lastToken == null ? first : lastToken;
        return Timing.newBuilder()
                .setQueue(Durations.fromNanos(started - arrived))
                .setPrefill(Durations.fromNanos(first - started))
                .setDecode(Durations.fromNanos(last - first))
                .setTotal(Durations.fromNanos(now - arrived))
                .build();
    }
}
