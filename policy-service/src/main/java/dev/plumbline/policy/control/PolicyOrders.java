package dev.plumbline.policy.control;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.proto.policy.v1.AbortRequestsRequest;
import dev.plumbline.proto.policy.v1.AbortRequestsResponse;
import dev.plumbline.proto.policy.v1.ListModelsRequest;
import dev.plumbline.proto.policy.v1.ListModelsResponse;
import dev.plumbline.proto.policy.v1.LoadModelRequest;
import dev.plumbline.proto.policy.v1.LoadModelResponse;
import dev.plumbline.proto.policy.v1.PauseGenerationRequest;
import dev.plumbline.proto.policy.v1.PauseGenerationResponse;
import dev.plumbline.proto.policy.v1.ResumeGenerationResponse;
import dev.plumbline.proto.policy.v1.RollbackModelRequest;
import dev.plumbline.proto.policy.v1.RollbackModelResponse;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.CompletableFuture;
import org.jboss.logging.Logger;

/**
 * Takes orders, and notes each one: a line in the log and {@code plumbline_policy_orders_total{order}}. Gauges show what is
 * in force: {@code plumbline_policy_held} and {@code plumbline_policy_paused}.
 */
public final class PolicyOrders {
    private static final Logger LOG = Logger.getLogger(PolicyOrders.class);

    private final ModelOrders models;
    private final ModelListings listings;
    private final GenerationOrders generation;
    private final MeterRegistry registry;

    /**
     * The desk of one replica.
     *
     * @param view the versions that are published
     */
    public PolicyOrders(
            HouseView view, ModelShelf shelf, ModelFollower follower, EngineRoom room, ServingMeters meters) {
        this.models = new ModelOrders(follower, shelf);
        this.listings = new ModelListings(view, shelf, follower);
        this.generation = new GenerationOrders(room);
        this.registry = meters.registry();
        meters.gauge(
                "plumbline.policy.held",
                "1 while an order holds on to a version",
                follower,
                it -> it.held().isPresent() ? 1 : 0);
        meters.gauge(
                "plumbline.policy.paused",
                "1 while nothing begins, by order",
                room,
                it -> it.paused().isPresent() ? 1 : 0);
    }

    public CompletableFuture<LoadModelResponse> load(LoadModelRequest request) {
        return noted("load", request.hasFollowNewest() ? "the newest" : request.getModel(), models.load(request));
    }

    CompletableFuture<RollbackModelResponse> rollBack(RollbackModelRequest request) {
        return noted("rollback", request.getModel(), models.rollBack(request));
    }

    ListModelsResponse list(ListModelsRequest request) {
        return listings.list(request);
    }

    public CompletableFuture<PauseGenerationResponse> pause(PauseGenerationRequest request) {
        return noted("pause", request.getMode().toString(), generation.pause(request));
    }

    public CompletableFuture<ResumeGenerationResponse> resume() {
        return noted("resume", "", generation.resume());
    }

    CompletableFuture<AbortRequestsResponse> abort(AbortRequestsRequest request) {
        return noted(
                "abort", request.getAll() ? "all" : request.getRequestIdsList().toString(), generation.abort(request));
    }

    /** An order that was understood; what is refused outright shows among the rejected calls. */
    private <R> CompletableFuture<R> noted(String order, String what, CompletableFuture<R> outcome) {
        registry.counter("plumbline.policy.orders", "order", order).increment();
        LOG.infof("order: %s %s", order, what);
        return outcome;
    }
}
