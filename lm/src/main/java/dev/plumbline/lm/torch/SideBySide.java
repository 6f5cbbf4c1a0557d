package dev.plumbline.lm.torch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Computes two things that do not touch each other at once, each on half of the threads: they wait for each other once, at
 * the end, where a computation on all threads waits in every operation.
 */
public final class SideBySide {
    private static final Executor HERE = Runnable::run;
    private static final Executor BESIDE = computation -> {
        Thread thread = new Thread(computation, Thread.currentThread().getName() + "-beside");
        thread.setDaemon(true);
        thread.start();
    };

    private SideBySide() {}

    /**
     * Returns when both have ended. On a single thread, or on another device than the processor, it is one after the other.
     *
     * @throws RuntimeException what one of them threw
     */
    public static void run(ComputeSettings settings, Runnable first, Runnable second) {
        if (settings.threads() == 1 || !(settings.device() instanceof ComputeDevice.Cpu)) {
            first.run();
            second.run();
            return;
        }
        int half = settings.threads() / 2;
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> limited(half, second), BESIDE);
        CompletableFuture<Void> own = CompletableFuture.runAsync(() -> limited(settings.threads() - half, first), HERE);
        try {
            CompletableFuture.allOf(own, other).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static void limited(int threads, Runnable computation) {
        Torch.limitThreads(threads);
        try {
            computation.run();
        } finally {
            Torch.endLimit();
        }
    }
}
