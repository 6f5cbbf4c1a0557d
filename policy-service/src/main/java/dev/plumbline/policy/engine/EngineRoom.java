package dev.plumbline.policy.engine;

import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Drives the engines of all loaded versions for all callers. Jobs come from any thread through one bounded queue; they
 * start, step and end on the thread that polls.
 */
public final class EngineRoom implements Worker {
    private final ModelShelf shelf;
    private final RequestQueue queue;
    private final double logShare;
    private final Succession succession;
    private final Releases releases;
    private final InstantSource clock;
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    private final Set<Job> active = new LinkedHashSet<>();
    /** Pauses that are in force and not complete. Of the thread that polls. */
    private final List<CompletableFuture<Load>> settling = new ArrayList<>();

    /** Steps that had been taken when orders and deadlines were looked at last. Of the thread that polls. */
    private long lookedAt;

    private volatile Optional<PauseMode> pause = Optional.empty();
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
     * @param succession what running answers have of newer versions
     * @param releases measures how soon slots are free
     * @param clock tells when deadlines have passed
     */
    public EngineRoom(ModelShelf shelf, Limits limits, Succession succession, Releases releases, InstantSource clock) {
        this.shelf = shelf;
        this.queue = new RequestQueue(limits);
        this.logShare = limits.logShare();
        this.succession = succession;
        this.releases = releases;
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
        long since = releases.steps();
        // The caller's thread may be held up here for many steps, in which the order is not there yet.
        orders.add(() -> stop(job, StopCause.CANCELLED, Math.max(since, lookedAt)));
        alarm.run();
    }

    private void stop(Job job, StopCause cause, long since) {
        job.onRelease(() -> releases.released(cause, since));
        job.stop(cause);
    }

    /** Ends everything, for a server that stops. */
    public void abort() {
        orders.add(() -> {
            queue.drain().forEach(job -> job.stop(StopCause.ABORTED));
            List.copyOf(active).forEach(job -> job.stop(StopCause.ABORTED));
        });
        alarm.run();
    }

    /**
     * Lets nothing more begin. What comes is how busy it is when the pause is complete: with WAIT and ABORT nothing runs by
     * then. A pause that follows another changes its mode.
     */
    public CompletableFuture<Load> pause(PauseMode mode) {
        return order(settled -> {
            pause = Optional.of(mode);
            if (mode == PauseMode.ABORT) {
                stop(active);
            }
            settling.add(settled);
        });
    }

    /** Goes on after a pause; what comes is whether there was one. */
    public CompletableFuture<Boolean> resume() {
        return order(resumed -> {
            resumed.complete(pause.isPresent());
            pause = Optional.empty();
            settling.forEach(early -> early.completeExceptionally(
                    NotNow.aborted("RESUMED", "generation was resumed before the pause was complete")));
            settling.clear();
        });
    }

    /** The mode of the pause; empty if there is none. */
    public Optional<PauseMode> paused() {
        return pause;
    }

    /** Ends the jobs of these turns; what comes are the turns of those that were ended. */
    public CompletableFuture<List<Turn>> stop(Predicate<Turn> wanted) {
        return order(stopped -> {
            List<Job> ordered = jobs().filter(job -> wanted.test(job.turn()) && !job.ended())
                    .toList();
            stop(ordered);
            stopped.complete(ordered.stream().map(Job::turn).toList());
        });
    }

    private void stop(Collection<Job> jobs) {
        for (Job job : List.copyOf(jobs)) {
            queue.remove(job);
            job.stop(StopCause.ORDERED);
        }
    }

    /** Has the thread that polls carry something out, which tells what came of it. */
    private <T> CompletableFuture<T> order(Consumer<CompletableFuture<T>> deed) {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        orders.add(() -> deed.accept(outcome));
        if (closed) {
            outcome.completeExceptionally(dead());
        }
        alarm.run();
        return outcome;
    }

    public Load load() {
        return load;
    }

    @Override
    public int poll() {
        int done = carryOutOrders() + stopLate() + succession.poll(jobs()) + startJobs();
        int running = 0;
        int slots = 0;
        long reserved = 0;
        long cache = 0;
        boolean stepped = false;
        for (LoadedModel model : shelf.models()) {
            int moved =
                    isStill() ? model.engine().endCancelled() : model.engine().poll();
            stepped |= moved > 0 && !isStill();
            done += moved;
            running += model.engine().running();
            slots += model.facts().slots();
            reserved += model.engine().reservedBytes();
            cache += model.engine().cacheBytes();
        }
        if (stepped) {
            releases.stepped();
        }
        active.removeIf(Job::ended);
        shelf.takeUnused().forEach(LoadedModel::close);
        succession.stepped(isStill() ? 0 : running);
        load = new Load(queue.size(), running, slots, reserved, cache);
        if (isStill() || active.isEmpty()) {
            settling.forEach(settled -> settled.complete(load));
            settling.clear();
        }
        return done;
    }

    private boolean isStill() {
        return pause.equals(Optional.of(PauseMode.KEEP));
    }

    /** What may begin or, while nothing may, go on with its next part. */
    private List<Job> startable() {
        if (isStill()) {
            return List.of();
        }
        return pause.isEmpty()
                ? queue.jobs()
                : queue.jobs().stream().filter(active::contains).toList();
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
        List<Job> late =
                jobs().filter(job -> job.turn().isOver(now) && !job.ended()).toList();
        for (Job job : late) {
            queue.remove(job);
            // It was not late yet when it was looked at last.
            stop(job, StopCause.DEADLINE, lookedAt);
        }
        lookedAt = releases.steps();
        return late.size();
    }

    /** Those that run first, then those that wait alone. */
    private Stream<Job> jobs() {
        return Stream.concat(active.stream(), queue.jobs().stream()).distinct();
    }

    /**
     * In a fair order for each model: a job that finds no room holds up those behind it, however urgent. Given responses
     * are read for one job at a time, which leaves half of the slots to others.
     */
    private int startJobs() {
        List<Job> waiting = startable();
        if (waiting.isEmpty()) {
            return 0;
        }
        Map<LoadedModel, Integer> free = freeSlots();
        Optional<Job> reading = active.stream().filter(EngineRoom::reads).findFirst();
        int done = 0;
        FairOrder order = new FairOrder(waiting, logShare, heldSlots());
        for (Optional<Job> next = order.next(); next.isPresent(); next = order.next()) {
            Job job = next.get();
            if (job.ended()) {
                queue.remove(job);
                continue;
            }
            if (reads(job)) {
                reading = reading.or(() -> Optional.of(job));
                if (reading.get() != job) {
                    continue;
                }
            }
            int room = free.getOrDefault(job.model(), 0);
            if (job.slotsNeeded() > 0 && job.slotsNeeded() <= room) {
                active.add(job);
                int taken = job.start(room);
                order.took(job, taken);
                free.put(job.model(), room - taken);
                done++;
            }
            if (job.isBegun() || job.ended()) {
                queue.remove(job);
            } else if (job.slotsNeeded() > 0) {
                free.put(job.model(), 0);
            }
        }
        return done;
    }

    private static boolean reads(Job job) {
        return job instanceof LogprobsJob && !job.ended();
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
        settling.forEach(settled -> settled.completeExceptionally(dead()));
        queue.drain().forEach(job -> job.fail(dead()));
        active.forEach(job -> job.fail(dead()));
        shelf.models().forEach(LoadedModel::close);
    }

    private static Defect dead() {
        return new Defect("the engine has stopped", new IllegalStateException("the engine's thread has ended"));
    }
}
