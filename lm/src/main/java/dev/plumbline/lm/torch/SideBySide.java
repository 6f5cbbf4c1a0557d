package dev.plumbline.lm.torch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Computes two things that do not touch each other at once, each on half of the threads: they wait for each other once, at
 * the end, where a computation on all threads waits in every operation.
 */
public final class SideBySide {
    private static final Executor HERE = Runnable::run;

    private SideBySide() {}

    /**
     * Whether the calling thread would compute two things at once: not on a single thread, be it that a caller takes part in
     * two things already, nor on another device than the processor.
     */
    public static boolean isPossible(ComputeSettings settings) {
        return settings.device() instanceof ComputeDevice.Cpu && Torch.threadsHere(settings) > 1;
    }

    /**
     * Returns when both have ended. Where it is not {@link #isPossible} it is one after the other.
     *
     * @throws RuntimeException what one of them threw
     */
    public static void run(ComputeSettings settings, Runnable first, Runnable second) {
        map(settings, List.of(first, second), computation -> {
            computation.run();
            return true;
        });
    }

    /**
     * Computes the same of each of two things, or of one, or none, on all threads.
     *
     * @return the results in the order of the items
     * @throws RuntimeException what one of the computations threw, once both have ended
     */
    public static <T, R> List<R> map(ComputeSettings settings, List<T> items, Function<T, R> computation) {
        if (items.size() < 2 || !isPossible(settings)) {
            return items.stream().map(computation).toList();
        }
        if (items.size() != 2) {
            throw new IllegalArgumentException("items must be at most two, got " + items.size());
        }
        int threads = Torch.threadsHere(settings);
        int half = threads / 2;
        Companion companion = Companion.take();
        CompletableFuture<R> other = CompletableFuture.supplyAsync(
                () -> limited(half, () -> computation.apply(items.get(1))), companion::begin);
        CompletableFuture<R> own = CompletableFuture.supplyAsync(
                () -> limited(threads - half, () -> computation.apply(items.get(0))), HERE);
        Companion.awaitAwake(other::isDone);
        try {
            CompletableFuture.allOf(own, other).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } finally {
            companion.giveBack();
        }
        return List.of(own.join(), other.join());
    }

    private static <R> R limited(int threads, Supplier<R> computation) {
        int before = Torch.limitThreads(threads);
        try {
            return computation.get();
        } finally {
            Torch.limitThreads(before);
        }
    }
}
