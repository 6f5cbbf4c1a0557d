package dev.plumbline.serving.worker;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Owns the thread that polls a {@link Worker}. An idle worker's thread parks until {@link #wake()} or until
 * {@code idleWait} is over. An error that leaves {@code poll()} ends the thread; it is logged once and shown by
 * {@link #complaint()}, as is a poll that does not come back, so that liveness fails and the process is replaced.
 */
public final class Driver implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Driver.class);
    /** A poll that waits for something far away, such as a broker, is interrupted after so long. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(5);
    /** {@link #pollStarted} between polls. */
    private static final long RESTING = Long.MIN_VALUE;

    private final Worker worker;
    private final Pace pace;
    private final LongSupplier nanoTime;
    private final Thread thread;
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile boolean stopping;
    private volatile long pollStarted = RESTING;
    private volatile @Nullable Throwable death;

    /** How long it rests, lets a poll take before the worker counts as stuck, and waits for the last poll. */
    record Pace(Duration idleWait, Duration stuckAfter, Duration patience) {}

    /**
     * @param name of the thread, as it appears in logs, dumps and the liveness check
     * @param idleWait how long an idle worker rests at most; zero for one that waits inside {@code poll()}
     * @param stuckAfter how long one poll may take before the worker counts as stuck
     */
    public Driver(String name, Worker worker, Duration idleWait, Duration stuckAfter) {
        this(name, worker, new Pace(idleWait, stuckAfter, PATIENCE), System::nanoTime);
    }

    Driver(String name, Worker worker, Pace pace, LongSupplier nanoTime) {
        this.worker = worker;
        this.pace = pace;
        this.nanoTime = nanoTime;
        this.thread = new Thread(this::run, name);
        // A stopped process must not hang on a poll; close() waits for the orderly end.
        this.thread.setDaemon(true);
    }

    public String name() {
        return thread.getName();
    }

    public void start() {
        thread.start();
    }

    /** There is work: ends the idle worker's rest. Cheap, and callable from any thread. */
    public void wake() {
        woken.set(true);
        LockSupport.unpark(thread);
    }

    /** What is wrong with the worker or its thread; empty while it lives. */
    public Optional<String> complaint() {
        Throwable cause = death;
        if (cause != null) {
            return Optional.of(name() + " died: " + cause);
        }
        long started = pollStarted;
        if (started == RESTING) {
            return Optional.empty();
        }
        Duration polling = Duration.ofNanos(nanoTime.getAsLong() - started);
        return polling.compareTo(pace.stuckAfter()) > 0
                ? Optional.of(name() + " is stuck: one poll has been running for " + polling.toSeconds() + " s")
                : Optional.empty();
    }

    /** Asks the thread to stop after the poll under way, without waiting for it. */
    public void stop() {
        stopping = true;
        wake();
    }

    /** Stops the thread and waits for it; a poll that does not come back is interrupted. */
    @Override
    public void close() {
        stop();
        if (thread.getState() == Thread.State.NEW) {
            worker.finish();
            return;
        }
        try {
            thread.join(pace.patience().toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(AFTER_INTERRUPT.toMillis());
            }
            if (thread.isAlive()) {
                LOG.warnf("%s does not stop and is left behind", name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!stopping) {
                pollStarted = nanoTime.getAsLong();
                int done = worker.poll();
                pollStarted = RESTING;
                if (done == 0 && !stopping) {
                    rest();
                }
            }
        } catch (Throwable t) {
            if (stopping) {
                LOG.debugf(t, "%s was interrupted in its last poll", name());
            } else {
                death = t;
                LOG.errorf(t, "%s died; the process is no longer live and must be replaced", name());
            }
        } finally {
            pollStarted = RESTING;
            // What the worker closes now must not take the interruption for its own.
            Thread.interrupted();
            finish();
        }
    }

    private void finish() {
        try {
            worker.finish();
        } catch (RuntimeException e) {
            LOG.warnf(e, "%s did not finish in order", name());
        }
    }

    private void rest() {
        // A wake() between the check and the park leaves the thread's permit, so that the park returns at once.
        if (!woken.getAndSet(false) && !pace.idleWait().isZero()) {
            LockSupport.parkNanos(this, TimeUnit.NANOSECONDS.convert(pace.idleWait()));
        }
    }
}
