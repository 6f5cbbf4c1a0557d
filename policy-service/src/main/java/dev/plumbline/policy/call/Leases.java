package dev.plumbline.policy.call;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.function.Supplier;

/** Finds the version that answers a call. */
final class Leases {
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final ModelShelf shelf;
    private final Supplier<String> noModel;

    /** @param noModel why nothing is served, for people */
    Leases(ModelShelf shelf, Supplier<String> noModel) {
        this.shelf = shelf;
        this.noModel = noModel;
    }

    /** The version a call requires, or what is served. */
    ModelLease of(String requiredModel) {
        if (requiredModel.isEmpty()) {
            return shelf.leaseServed().orElseThrow(() -> NotNow.unavailable("NO_MODEL", noModel.get(), RETRY));
        }
        ModelVersion version = parse(requiredModel);
        return shelf.lease(version)
                .orElseThrow(() -> CallerFault.failedPrecondition(
                        "MODEL_VERSION_MISMATCH",
                        version + " is not served here, but " + shelf.available() + ": leave required_model empty"
                                + " for the newest"));
    }

    private static ModelVersion parse(String requiredModel) {
        try {
            return ModelVersion.parse(requiredModel);
        } catch (IllegalArgumentException e) {
            throw CallerFault.invalid("INVALID_MODEL", "required_model", String.valueOf(e.getMessage()));
        }
    }
}
