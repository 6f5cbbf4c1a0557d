package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import java.util.concurrent.atomic.AtomicBoolean;

/** Keeps a version in memory until it is closed. */
public final class ModelLease implements AutoCloseable {
    private final LoadedModel model;
    private final Runnable onClose;
    private final AtomicBoolean open = new AtomicBoolean(true);

    ModelLease(LoadedModel model, Runnable onClose) {
        this.model = model;
        this.onClose = onClose;
    }

    public LoadedModel model() {
        return model;
    }

    public ModelVersion version() {
        return model.version();
    }

    /** Ends the lease; further calls change nothing. */
    @Override
    public void close() {
        if (open.getAndSet(false)) {
            onClose.run();
        }
    }
}
