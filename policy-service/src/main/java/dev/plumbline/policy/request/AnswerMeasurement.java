package dev.plumbline.policy.request;

import com.google.protobuf.util.Durations;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.proto.policy.v1.Timing;
import dev.plumbline.proto.policy.v1.Usage;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Where the time of one request went, and what came of it. Made where it arrives, then used on the engine's thread. */
public final class AnswerMeasurement {
    private final AnswerMeters meters;
    private final LongSupplier nanoTime;
    private final long arrived;
    private @Nullable Long begun;
    private @Nullable Long firstToken;
    private @Nullable Long lastToken;
    /** Tokens of all answers. */
    private int tokens;
    /** Tokens of the answer that has most of them, which is as many as there were steps. */
    private int steps;

    /** A request arrives. */
    public AnswerMeasurement(AnswerMeters meters, LongSupplier nanoTime) {
        this.meters = meters;
        this.nanoTime = nanoTime;
        this.arrived = nanoTime.getAsLong();
    }

    /** The first computation begins. */
    public void begin() {
        begun = nanoTime.getAsLong();
    }

    /** An answer has one more token. */
    public void token() {
        long now = nanoTime.getAsLong();
        if (firstToken == null) {
            firstToken = now;
        }
        lastToken = now;
        tokens++;
    }

    /** One answer has ended. */
    public void ended(GeneratedSample sample) {
        steps = Math.max(steps, sample.ids().length);
        meters.ended(sample);
    }

    /** All of them have, or no more will come. */
    public void ended(AnswerPlan plan) {
        meters.ended(plan, this);
    }

    /** All of them have, and the caller is about to know. */
    public void ended(AnswerPlan plan, String operation) {
        ended(plan);
        meters.requests(operation).record(Duration.ofNanos(nanoTime.getAsLong() - arrived));
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

    /** The tokens as the caller is told of them. */
    public Usage usage(AnswerPlan plan) {
        return Usage.newBuilder()
                .setPromptTokens(plan.promptIds().length)
                .setCompletionTokens(tokens)
                .build();
    }

    /** The time as the caller is told of it. */
    public Timing timing() {
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
