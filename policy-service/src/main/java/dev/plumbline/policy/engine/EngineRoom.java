package dev.plumbline.policy.engine;

import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * Drives the engines of all loaded versions for all callers. Jobs come from any thread through one bounded queue; they
 * start, step and end on the thread that polls.
 */
public final class EngineRoom implements Worker {
    private final ModelShelf shelf;
    private final RequestQueue queue;
    private final double logShare;
    private final InstantSource clock;
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    private final Set<Job> active = new HashSet<>();
    private volatile Runnable alarm = () -> {};
    private volatile Load load = new Load(0, 0, 0, 0, 0);
    private volatile boolean closed;

    /**
     * How busy it was after the last poll.
     *
     * @param queued requests that wait
     * @param running sequences that are generated
     * @param slots sequences there is room for
     * @param reservedBytes memory for keys and values that the running sequences may come to fill
     * @param cacheBytes all there is for them
     */
    public record Load(int queued, int running, int slots, long reservedBytes, long cacheBytes) {
        /** Share of the keys' and values' memory that is reserved; 0 without a model. */
        public double utilisation() {
            return cacheBytes == 0 ? 0 : (double) reservedBytes / cacheBytes;
        }
    }

    /**
     * What may wait, and who gets the slots.
     *
     * @param requests the most requests that wait
     * @param tokens the most tokens of those
     * @param retryAfter when one that was refused is told to come back
     * @param logShare of the slots for prompts from the log while calls wait, from 0 to 1; calls have the rest
     */
    public record Limits(int requests, long tokens, Duration retryAfter, double logShare) {}

    /**
     * A room for the models of a shelf.
     *
     * @param clock tells when deadlines have passed
     */
    public EngineRoom(ModelShelf shelf, Limits limits, InstantSource clock) {
        this.shelf = shelf;
        this.queue = new RequestQueue(limits);
        this.logShare = limits.logShare();
        this.clock = clock;
    }

    /** What wakes the thread that polls. */
    public void onWork(Runnable alarm) {
        this.alarm = alarm;
    }

    /** Has the thread that polls look for news soon. */
    public void wake() {
        alarm.run();
    }

    /** Queues a job, or throws {@code NotNow} and leaves its lease to the caller. */
    public void submit(Job job) {
        queue.add(job);
        if (closed && queue.remove(job)) {
            job.fail(dead());
        }
        alarm.run();
    }

    /** Nobody waits for the job any more: it leaves the queue at once, or its slots before the next step. */
    public void cancel(Job job) {
        queue.remove(job);
        orders.add(() -> job.stop(StopCause.CANCELLED));
        alarm.run();
    }

    /** Ends everything, for a server that stops. */
    public void abort() {
        orders.add(() -> {
            queue.drain().forEach(job -> job.stop(StopCause.ABORTED));
            List.copyOf(active).forEach(job -> job.stop(StopCause.ABORTED));
        });
        alarm.run();
    }

    public Load load() {
        return load;
    }

    @Override
    public int poll() {
        int done = carryOutOrders() + stopLate() + startJobs();
        int running = 0;
        int slots = 0;
        long reserved = 0;
        long cache = 0;
        for (LoadedModel model : shelf.models()) {
            done += model.engine().poll();
            running += model.engine().running();
            slots += model.facts().slots();
            reserved += model.engine().reservedBytes();
            cache += model.engine().cacheBytes();
        }
        active.removeIf(Job::ended);
        shelf.takeUnused().forEach(LoadedModel::close);
        load = new Load(queue.size(), running, slots, reserved, cache);
        return done;
    }

    private int carryOutOrders() {
        int done = 0;
        for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
            order.run();
            done++;
        }
        return done;
    }

    private int stopLate() {
        Instant now = clock.instant();
        List<Job> late = Stream.concat(queue.jobs().stream(), active.stream())
                .filter(job -> job.turn().isOver(now) && !job.ended())
                .distinct()
                .toList();
        for (Job job : late) {
            queue.remove(job);
            job.stop(StopCause.DEADLINE);
        }
        return late.size();
    }

    /**
     * In a fair order for each model: a job that finds no room holds up those behind it, however urgent. Of the log-probabilities
     * one micro-batch is computed between two steps, so that those who generate do not wait long.
     */
    private int startJobs() {
        List<Job> waiting = queue.jobs();
        if (waiting.isEmpty()) {
            return 0;
        }
        Map<LoadedModel, Integer> free = freeSlots();
        boolean computed = false;
        int done = 0;
        FairOrder order = new FairOrder(waiting, logShare, heldSlots());
        for (Optional<Job> next = order.next(); next.isPresent(); next = order.next()) {
            Job job = next.get();
            if (job.ended()) {
                queue.remove(job);
                continue;
            }
            boolean computes = job.slotsNeeded() == 0;
            if (computes ? computed : job.slotsNeeded() > free.getOrDefault(job.model(), 0)) {
                free.computeIfPresent(job.model(), (model, room) -> computes ? room : 0);
                continue;
            }
            computed |= computes;
            free.merge(job.model(), -job.slotsNeeded(), Integer::sum);
            order.took(job, job.slotsNeeded());
            active.add(job);
            if (job.start()) {
                queue.remove(job);
            } else if (!computes) {
                free.put(job.model(), 0);
            }
            done++;
        }
        return done;
    }

    private Map<LoadedModel, Integer> freeSlots() {
        Map<LoadedModel, Integer> free = new HashMap<>();
        for (LoadedModel model : shelf.models()) {
            free.put(model, model.engine().freeSlots());
        }
        return free;
    }

    private Map<Turn.Source, Integer> heldSlots() {
        Map<Turn.Source, Integer> held = new EnumMap<>(Turn.Source.class);
        for (Job job : active) {
            held.merge(job.turn().source(), job.slotsHeld(), Integer::sum);
        }
        return held;
    }

    @Override
    public void finish() {
        closed = true;
        carryOutOrders();
        queue.drain().forEach(job -> job.fail(dead()));
        active.forEach(job -> job.fail(dead()));
        shelf.models().forEach(LoadedModel::close);
    }

    private static Defect dead() {
        return new Defect("the engine has stopped", new IllegalStateException("the engine's thread has ended"));
    }
}
