package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Keeps a version in memory until it is closed. */
public final class ModelLease implements AutoCloseable {
    private final LoadedModel model;
    private final Supplier<ModelLease> another;
    private final Supplier<Optional<ModelLease>> successor;
    private final Runnable onClose;
    private final AtomicBoolean open = new AtomicBoolean(true);

    ModelLease(
            LoadedModel model,
            Supplier<ModelLease> another,
            Supplier<Optional<ModelLease>> successor,
            Runnable onClose) {
        this.model = model;
        this.another = another;
        this.successor = successor;
        this.onClose = onClose;
    }

    public LoadedModel model() {
        return model;
    }

    public ModelVersion version() {
        return model.version();
    }

    /** One more lease of the same version, also if it was let go meanwhile; this one must be open. */
    public ModelLease another() {
        if (!open.get()) {
            throw new IllegalStateException("the lease of " + version() + " has ended");
        }
        return another.get();
    }

    /**
     * A lease of what has taken this version's place since: of what is served now, or of the newest version like it. Empty
     * if nothing has, and for a version that was asked for by name. This one goes on.
     */
    public Optional<ModelLease> successor() {
        return successor.get();
    }

    /** Ends the lease; further calls change nothing. */
    @Override
    public void close() {
        if (open.getAndSet(false)) {
            onClose.run();
        }
    }
}
