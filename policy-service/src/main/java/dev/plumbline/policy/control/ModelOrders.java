package dev.plumbline.policy.control;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.ServedChange;
import dev.plumbline.proto.policy.v1.LoadModelRequest;
import dev.plumbline.proto.policy.v1.LoadModelResponse;
import dev.plumbline.proto.policy.v1.RollbackModelRequest;
import dev.plumbline.proto.policy.v1.RollbackModelResponse;
import dev.plumbline.serving.error.CallerFault;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Orders about what is served. */
final class ModelOrders {
    private final ModelFollower follower;
    private final ModelShelf shelf;

    ModelOrders(ModelFollower follower, ModelShelf shelf) {
        this.follower = follower;
        this.shelf = shelf;
    }

    CompletableFuture<LoadModelResponse> load(LoadModelRequest request) {
        return switch (request.getTargetCase()) {
            case MODEL -> changed(follower.serve(version(request.getModel())), ModelOrders::loaded);
            case FOLLOW_NEWEST -> followNewest(request.getFollowNewest());
            case TARGET_NOT_SET -> throw invalid("target", "set model to a version, or follow_newest to true");
        };
    }

    private CompletableFuture<LoadModelResponse> followNewest(boolean wanted) {
        if (!wanted) {
            throw invalid("follow_newest", "follow_newest must be true if it is set, got false: name a model to hold");
        }
        return CompletableFuture.completedFuture(loaded(follower.followNewest()));
    }

    private static LoadModelResponse loaded(ServedChange change) {
        return LoadModelResponse.newBuilder()
                .setModel(text(change.served()))
                .setPreviousModel(text(change.before()))
                .build();
    }

    CompletableFuture<RollbackModelResponse> rollBack(RollbackModelRequest request) {
        ModelVersion served = shelf.served()
                .orElseThrow(() -> CallerFault.failedPrecondition(
                        "NO_MODEL", "nothing is served that could be rolled back: load a model"));
        ModelVersion older = request.getModel().isEmpty() ? before(served) : version(request.getModel());
        if (older.compareTo(served) >= 0) {
            throw invalid(
                    "model",
                    "model must be older than " + served + ", which is served, got " + older
                            + ": LoadModel serves any version");
        }
        return changed(
                follower.serve(older),
                change -> RollbackModelResponse.newBuilder()
                        .setModel(text(change.served()))
                        .setRolledBackModel(text(change.before()))
                        .build());
    }

    private ModelVersion before(ModelVersion served) {
        return follower.newestBefore(served)
                .orElseThrow(() -> CallerFault.failedPrecondition(
                        "NO_OLDER_MODEL", "no version older than " + served + " is published and whole"));
    }

    /** The change as its caller hears of it; who cancels it calls the order off. */
    private static <R> CompletableFuture<R> changed(
            CompletableFuture<ServedChange> order, Function<ServedChange, R> response) {
        CompletableFuture<R> answer = order.thenApply(response);
        CompletableFuture<R> unused = answer.whenComplete((done, error) -> {
            if (answer.isCancelled()) {
                order.cancel(false);
            }
        });
        return answer;
    }

    private ModelVersion version(String model) {
        try {
            ModelVersion version = ModelVersion.parse(model);
            if (version.name().equals(follower.servedName())) {
                return version;
            }
        } catch (IllegalArgumentException e) {
            throw invalid("model", String.valueOf(e.getMessage()));
        }
        throw invalid(
                "model",
                "model must be a version of " + follower.servedName() + ", which plumbline.policy.model serves, got "
                        + model);
    }

    private static CallerFault invalid(String field, String message) {
        return CallerFault.invalid("INVALID_MODEL", field, message);
    }

    private static String text(Optional<ModelVersion> version) {
        return version.map(ModelVersion::toString).orElse("");
    }
}
