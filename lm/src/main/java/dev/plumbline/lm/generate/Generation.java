package dev.plumbline.lm.generate;

import java.util.Optional;

/** A request on its way through the engine. May be cancelled from any thread. */
public final class Generation {
    private final GenerationRequest request;
    private final GenerationListener listener;
    private volatile Optional<FinishReason> interruption = Optional.empty();
    private boolean failed;

    Generation(GenerationRequest request, GenerationListener listener) {
        this.request = request;
        this.listener = listener;
    }

    /**
     * Ends the answers that are still being generated, at the engine's next step, with what they have. The first call
     * decides; after the last answer it does nothing.
     *
     * @param reason one that interrupts: CANCELLED, DEADLINE or ABORTED
     */
    public synchronized void cancel(FinishReason reason) {
        if (!reason.interrupted()) {
            throw new IllegalArgumentException("reason must be CANCELLED, DEADLINE or ABORTED, got " + reason);
        }
        if (interruption.isEmpty()) {
            interruption = Optional.of(reason);
        }
    }

    GenerationRequest request() {
        return request;
    }

    GenerationListener listener() {
        return listener;
    }

    Optional<FinishReason> interruption() {
        return interruption;
    }

    boolean failed() {
        return failed;
    }

    /** Tells the listener, once; its answers end without further news. */
    void fail(Throwable failure) {
        if (!failed) {
            failed = true;
            listener.onFailure(failure);
        }
    }
}
