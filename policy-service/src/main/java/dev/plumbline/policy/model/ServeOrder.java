package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import java.util.concurrent.CompletableFuture;

/**
 * An order that waits for its version to be loaded.
 *
 * @param outcome cancelled by whoever does not wait any more, which calls the order off
 */
record ServeOrder(ModelVersion version, CompletableFuture<ServedChange> outcome) {
    /** Whether nobody waits for it. */
    boolean isOver() {
        return outcome.isDone();
    }

    void carriedOut(ServedChange change) {
        outcome.complete(change);
    }

    void failed(RuntimeException error) {
        outcome.completeExceptionally(error);
    }
}
