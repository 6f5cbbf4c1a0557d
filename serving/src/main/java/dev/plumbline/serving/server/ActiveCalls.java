package dev.plumbline.serving.server;

import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts the calls under way, and lets none in once the server drains. */
public final class ActiveCalls {
    /** Another replica can take the call at once; the delay only keeps clients without one from spinning. */
    private static final Duration DRAINING_RETRY = Duration.ofSeconds(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int active;
    private boolean draining;

    /** A call that was let in. */
    public final class Ticket {
        private final AtomicBoolean held = new AtomicBoolean(true);

        /** The call has ended; later calls of this method do nothing. */
        public void leave() {
            if (held.getAndSet(false)) {
                lock.lock();
                try {
                    active--;
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        }
    }

    /** What a call that was not let in is told. */
    public static NotNow refusal() {
        return NotNow.unavailable(
                "SERVER_DRAINING", "this server is stopping; ask another replica or again", DRAINING_RETRY);
    }

    /** Whether new calls are refused. */
    boolean draining() {
        lock.lock();
        try {
            return draining;
        } finally {
            lock.unlock();
        }
    }

    /** Lets a call in; empty once the server drains. */
    public Optional<Ticket> enter() {
        lock.lock();
        try {
            if (draining) {
                return Optional.empty();
            }
            active++;
            return Optional.of(new Ticket());
        } finally {
            lock.unlock();
        }
    }

    void refuse() {
        lock.lock();
        try {
            draining = true;
        } finally {
            lock.unlock();
        }
    }

    int count() {
        lock.lock();
        try {
            return active;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no call is under way; false if that takes longer. */
    boolean awaitNone(Duration timeout) throws InterruptedException {
        long left = TimeUnit.NANOSECONDS.convert(timeout);
        lock.lock();
        try {
            while (active > 0) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
