package dev.plumbline.serving.server;

import java.time.Duration;

/** The calls of a server that a test lets drain. */
public final class RefusingCalls {
    private final ActiveCalls calls = new ActiveCalls();

    public ActiveCalls calls() {
        return calls;
    }

    /** As a drain does. */
    public void refuse() {
        calls.refuse();
    }

    public int count() {
        return calls.count();
    }

    public boolean awaitNone(Duration timeout) throws InterruptedException {
        return calls.awaitNone(timeout);
    }
}
