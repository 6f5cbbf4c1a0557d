package dev.plumbline.lm.torch;

import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A thread that computes beside the one that took it. Both wait awake for a moment before they sleep, since to be woken takes
 * a good part of a small model's step. It stays for a while after its last work, since OpenMP's pools and libtorch's settings
 * belong to it.
 */
final class Companion {
    private static final long AWAKE_NANOSECONDS = 200_000;
    private static final long STAYS_NANOSECONDS = TimeUnit.MINUTES.toNanos(1);
    private static final AtomicInteger STARTED = new AtomicInteger();

    /** Those that nobody has taken; the one that was given back last is the first. */
    private static final Deque<Companion> FREE = new ConcurrentLinkedDeque<>();

    private final Thread thread = new Thread(this::work, "beside-" + STARTED.incrementAndGet());
    private final Queue<Runnable> given = new ConcurrentLinkedQueue<>();

    private Companion() {
        thread.setDaemon(true);
        thread.start();
    }

    /** One for the caller alone, who gives it back. */
    static Companion take() {
        Companion free = FREE.pollFirst();
        return free == null ? new Companion() : free;
    }

    /** Once what it was given has ended. */
    void giveBack() {
        FREE.addFirst(this);
    }

    /** Has it compute something; nothing else until that has ended. */
    void begin(Runnable computation) {
        given.add(computation);
        LockSupport.unpark(thread);
    }

    /** Waits awake for a moment, or until something has ended. */
    static void awaitAwake(BooleanSupplier ended) {
        long start = System.nanoTime();
        while (!ended.getAsBoolean() && System.nanoTime() - start < AWAKE_NANOSECONDS) {
            Thread.onSpinWait();
        }
    }

    private void work() {
        while (comes()) {
            given.remove().run();
        }
    }

    /** Waits for work; false if there was none for so long that it is not needed, and nobody can take it any more. */
    private boolean comes() {
        awaitAwake(() -> !given.isEmpty());
        long start = System.nanoTime();
        while (given.isEmpty()) {
            LockSupport.parkNanos(this, STAYS_NANOSECONDS);
            if (System.nanoTime() - start >= STAYS_NANOSECONDS && FREE.remove(this)) {
                return false;
            }
        }
        return true;
    }
}
