package dev.plumbline.serving.http;

import io.grpc.stub.ServerCallStreamObserver;

/**
 * A caller over HTTP in the form in which services know their callers, so that one way of answering serves both. Several of
 * them may share one call, each for its part of it.
 *
 * @param <T> what it is told
 */
public abstract class HttpCaller<T> extends ServerCallStreamObserver<T> {
    private final HttpCall call;
    private Runnable onCancel = () -> {};
    // Guarded by this, as is the line above.
    private boolean ended;
    private boolean cancelled;

    protected HttpCaller(HttpCall call) {
        this.call = call;
        call.onEnd(this::cancel);
    }

    /** The caller went away, or another part of its call failed. */
    private void cancel() {
        Runnable action;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            cancelled = true;
            action = onCancel;
        }
        action.run();
    }

    /** True the first time. */
    private synchronized boolean end() {
        boolean first = !ended;
        ended = true;
        return first;
    }

    @Override
    public final void onError(Throwable error) {
        if (end()) {
            call.fail(error);
        }
    }

    @Override
    public final void onCompleted() {
        if (end()) {
            completed();
        }
    }

    /** This part is complete. */
    protected abstract void completed();

    @Override
    public final synchronized boolean isCancelled() {
        return cancelled;
    }

    /** Runs at once if it is cancelled already. */
    @Override
    public final void setOnCancelHandler(Runnable handler) {
        synchronized (this) {
            onCancel = handler;
            if (!cancelled) {
                return;
            }
        }
        handler.run();
    }

    @Override
    public final boolean isReady() {
        return call.isReady();
    }

    @Override
    public final void setOnReadyHandler(Runnable handler) {
        call.whenReady(handler);
    }

    @Override
    public final void setCompression(String compression) {}

    @Override
    public final void setMessageCompression(boolean enable) {}

    @Override
    public final void disableAutoInboundFlowControl() {}

    @Override
    public final void request(int count) {}
}
