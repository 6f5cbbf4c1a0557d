package dev.plumbline.lm.torch;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * A thread for one computation, which ends with it. OpenMP keeps helpers for every thread that has computed on several, for as long as that
 * thread lives; and once there are more of them than processors, none spins while it waits, so that each product of another
 * thread begins with waking its helpers.
 */
public final class PassingThread {
    private PassingThread() {}

    /**
     * Returns when the computation has ended, whose thread is interrupted if the caller's is.
     *
     * @return its result
     * @throws RuntimeException what it threw; an {@link Error} likewise
     */
    public static <T> T compute(Supplier<T> computation) {
        FutureTask<T> task = new FutureTask<>(computation::get);
        Thread thread = new Thread(task, Thread.currentThread().getName() + "-passing");
        thread.setDaemon(true);
        thread.start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    thread.interrupt();
                } catch (ExecutionException e) {
                    throw thrown(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException thrown(ExecutionException failure) {
        if (failure.getCause() instanceof Error error) {
            throw error;
        }
        return failure.getCause() instanceof RuntimeException known ? known : new IllegalStateException(failure);
    }
}
