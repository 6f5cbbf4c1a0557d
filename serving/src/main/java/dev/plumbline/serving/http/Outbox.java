package dev.plumbline.serving.http;

import io.vertx.core.Future;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What is still to be sent to one caller, in order, each piece after the one before it has left for the network. Pieces are
 * made on worker threads, so that neither the engine's thread nor an event loop turns numbers into text.
 */
final class Outbox {
    /** Makes and sends one piece. */
    interface Piece {
        /** Succeeds when the piece has left; a piece after the end fails. */
        Future<Void> send();
    }

    private final Executor workers;
    private final Queue<Piece> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unsent = new AtomicInteger();
    private final List<Runnable> whenEmpty = new CopyOnWriteArrayList<>();

    Outbox(Executor workers) {
        this.workers = workers;
    }

    /** Whether everything has left. */
    boolean isEmpty() {
        return unsent.get() == 0;
    }

    /** Called each time that everything has left, on any thread. */
    void whenEmpty(Runnable listener) {
        whenEmpty.add(listener);
    }

    void add(Piece piece) {
        waiting.add(piece);
        if (unsent.getAndIncrement() == 0) {
            workers.execute(this::sendNext);
        }
    }

    private void sendNext() {
        // After a failure nothing more can be sent: what waits is dropped with the call.
        waiting.remove().send().onSuccess(sent -> {
            if (unsent.decrementAndGet() > 0) {
                workers.execute(this::sendNext);
            } else {
                whenEmpty.forEach(Runnable::run);
            }
        });
    }
}
