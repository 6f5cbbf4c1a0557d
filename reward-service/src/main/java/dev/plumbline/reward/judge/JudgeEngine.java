package dev.plumbline.reward.judge;

import dev.plumbline.lm.TokenBudget;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.reward.verifier.Verifiers;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.worker.Worker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Judges answers for all callers, gRPC and Kafka alike: requests wait in one bounded queue, and each poll computes as
 * many together as the token budget holds. An answer's verdict does not depend on what it is computed with, beyond
 * float rounding.
 */
public final class JudgeEngine implements Worker {

    private static final Duration RETRY_AFTER = Duration.ofMillis(200);

    /**
     * Bounds of the engine.
     *
     * @param queuedAnswers answers that wait at most, for their turn or for a verifier
     * @param tokenBudget tokens computed at once, see {@link TokenBudget}
     * @param loadedJudges models kept in memory
     * @param knownBytes memory for what judges said already, 0 or more
     */
    public record Limits(int queuedAnswers, int tokenBudget, int loadedJudges, long knownBytes) {
        public Limits {
            requirePositive("queued-answers", queuedAnswers);
            requirePositive("token-budget", tokenBudget);
            requirePositive("loaded-judges", loadedJudges);
            if (knownBytes < 0) {
                throw new IllegalArgumentException("known-bytes must be >= 0, got " + knownBytes);
            }
        }

        private static void requirePositive(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " must be >= 1, got " + value);
            }
        }
    }

    /** A request and who waits for it. */
    record Pending(JudgeRequest request, CompletableFuture<List<Outcome>> outcomes) {}

    private final Bench bench;
    private final Limits limits;
    private final Deque<Pending> queue = new ArrayDeque<>();
    private int queuedAnswers;
    private int unverifiedAnswers;
    private Runnable wake = () -> {};

    public JudgeEngine(
            ModelSource source, Verifiers verifiers, ComputeSettings compute, Limits limits, MeterRegistry meters) {
        this.limits = limits;
        this.bench = new Bench(
                new Judges(source, compute, limits.loadedJudges()),
                verifiers,
                new JudgedSequences(limits.knownBytes()),
                new TokenBudget(limits.tokenBudget()),
                new MeasuringTime(meters));
    }

    /** What to call when there is work; set once, before the first request. */
    public void onWork(Runnable listener) {
        this.wake = listener;
    }

    /**
     * Queues a request; callable from any thread. The outcomes are those of its answers, in their order; the future
     * fails with a {@link dev.plumbline.serving.error.ServiceException} where the request as a whole cannot be met.
     *
     * @throws NotNow QUEUE_FULL
     */
    public CompletableFuture<List<Outcome>> submit(JudgeRequest request) {
        Pending pending = new Pending(request, new CompletableFuture<>());
        synchronized (queue) {
            int answers = request.answers().size();
            int waiting = queuedAnswers + unverifiedAnswers;
            if (waiting > 0 && waiting + answers > limits.queuedAnswers()) {
                throw NotNow.queueFull(
                        waiting + " answers wait to be judged and " + answers + " more would exceed "
                                + limits.queuedAnswers() + ": ask again later",
                        RETRY_AFTER);
            }
            queue.addLast(pending);
            queuedAnswers += answers;
        }
        wake.run();
        return pending.outcomes();
    }

    /** Answers that wait for their verifiers only. */
    public int unverifiedAnswers() {
        synchronized (queue) {
            return unverifiedAnswers;
        }
    }

    /** Answers that wait for their turn. */
    public int queuedAnswers() {
        synchronized (queue) {
            return queuedAnswers;
        }
    }

    /** Sequences so far of which the judges' word was known already. */
    public long knownSequences() {
        return bench.known().hits();
    }

    /** Sequences so far that had to be computed. */
    public long computedSequences() {
        return bench.known().misses();
    }

    /** Memory that the judges' known words take, about. */
    public long knownBytes() {
        return bench.known().bytes();
    }

    @Override
    public int poll() {
        List<Pending> batch = take();
        if (!batch.isEmpty()) {
            new Sitting(bench, batch).run();
            batch.forEach(this::countUntilVerified);
        }
        return batch.size();
    }

    private void countUntilVerified(Pending pending) {
        if (!pending.outcomes().isDone()) {
            int answers = pending.request().answers().size();
            addUnverified(answers);
            var unused = pending.outcomes().whenComplete((outcomes, error) -> addUnverified(-answers));
        }
    }

    private void addUnverified(int answers) {
        synchronized (queue) {
            unverifiedAnswers += answers;
        }
    }

    /** The requests at the head of the queue, as many as about fill the token budget; those given up are left out. */
    private List<Pending> take() {
        List<Pending> batch = new ArrayList<>();
        long tokens = 0;
        synchronized (queue) {
            while (!queue.isEmpty() && tokens < limits.tokenBudget()) {
                Pending next = queue.removeFirst();
                queuedAnswers -= next.request().answers().size();
                if (!next.outcomes().isDone()) {
                    batch.add(next);
                    tokens += next.request().answers().stream()
                            .mapToLong(answer -> answer.response().estimatedTokens())
                            .sum();
                }
            }
        }
        return batch;
    }

    @Override
    public void finish() {
        synchronized (queue) {
            queue.forEach(pending -> pending.outcomes()
                    .completeExceptionally(NotNow.aborted("SERVER_DRAINING", "the server stops: ask another one")));
            queue.clear();
            queuedAnswers = 0;
        }
        bench.verifiers().close();
        bench.judges().close();
    }
}
