package dev.plumbline.policy.engine;

import dev.plumbline.policy.request.Turn;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What waits, bounded by requests and by tokens. Where calls have filled it, prompts from the log still find their share of
 * places, and the other way round: who does not come to wait cannot have a share of the slots. The lowest priority comes first
 * whatever came before it, so that others wait for as long as there is any; equals come in their order. Safe for several threads.
 */
final class RequestQueue {
    private final int maxRequests;
    private final long maxTokens;
    private final Duration retryAfter;
    private final double logShare;
    private final List<Job> waiting = new ArrayList<>();
    private long tokens;

    RequestQueue(EngineRoom.Limits limits) {
        this.maxRequests = limits.requests();
        this.maxTokens = limits.tokens();
        this.retryAfter = limits.retryAfter();
        this.logShare = limits.logShare();
    }

    /** Adds a job, or throws {@link NotNow}. A job larger than the bound on tokens may wait alone. */
    synchronized void add(Job job) {
        Turn.Source source = job.turn().source();
        if (waiting.size() >= maxRequests && of(source).count() >= share(source) * maxRequests) {
            throw NotNow.queueFull(
                    waiting.size() + " requests are waiting, the most that plumbline.policy.queue.requests allows",
                    retryAfter);
        }
        if (!waiting.isEmpty()
                && tokens + job.tokens() > maxTokens
                && of(source).mapToLong(Job::tokens).sum() + job.tokens() > share(source) * maxTokens) {
            throw NotNow.queueFull(
                    "requests of up to " + tokens + " tokens are waiting, and plumbline.policy.queue.tokens allows "
                            + maxTokens,
                    retryAfter);
        }
        waiting.add(place(job.turn().priority()), job);
        tokens += job.tokens();
    }

    private Stream<Job> of(Turn.Source source) {
        return waiting.stream().filter(job -> job.turn().source() == source);
    }

    private double share(Turn.Source source) {
        return switch (source) {
            case CALL -> 1 - logShare;
            case LOG -> logShare;
        };
    }

    private int place(int priority) {
        int place = waiting.size();
        while (place > 0 && waiting.get(place - 1).turn().priority() > priority) {
            place--;
        }
        return place;
    }

    /** Takes a job out before its turn; false if it is not here any more. */
    synchronized boolean remove(Job job) {
        boolean here = waiting.remove(job);
        if (here) {
            tokens -= job.tokens();
        }
        return here;
    }

    /** What waits, in order. */
    synchronized List<Job> jobs() {
        return List.copyOf(waiting);
    }

    /** Takes out everything. */
    synchronized List<Job> drain() {
        List<Job> all = List.copyOf(waiting);
        waiting.clear();
        tokens = 0;
        return all;
    }

    synchronized int size() {
        return waiting.size();
    }
}
