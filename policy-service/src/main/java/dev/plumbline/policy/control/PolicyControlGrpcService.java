package dev.plumbline.policy.control;

import com.google.protobuf.Message;
import dev.plumbline.proto.policy.v1.AbortRequestsRequest;
import dev.plumbline.proto.policy.v1.AbortRequestsResponse;
import dev.plumbline.proto.policy.v1.ListModelsRequest;
import dev.plumbline.proto.policy.v1.ListModelsResponse;
import dev.plumbline.proto.policy.v1.LoadModelRequest;
import dev.plumbline.proto.policy.v1.LoadModelResponse;
import dev.plumbline.proto.policy.v1.PauseGenerationRequest;
import dev.plumbline.proto.policy.v1.PauseGenerationResponse;
import dev.plumbline.proto.policy.v1.PolicyControlServiceGrpc;
import dev.plumbline.proto.policy.v1.ResumeGenerationRequest;
import dev.plumbline.proto.policy.v1.ResumeGenerationResponse;
import dev.plumbline.proto.policy.v1.RollbackModelRequest;
import dev.plumbline.proto.policy.v1.RollbackModelResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The orders as gRPC sees them. */
public final class PolicyControlGrpcService extends PolicyControlServiceGrpc.PolicyControlServiceImplBase {
    private final PolicyOrders orders;

    public PolicyControlGrpcService(PolicyOrders orders) {
        this.orders = orders;
    }

    @Override
    public void loadModel(LoadModelRequest request, StreamObserver<LoadModelResponse> caller) {
        answer(orders.load(request), caller);
    }

    @Override
    public void rollbackModel(RollbackModelRequest request, StreamObserver<RollbackModelResponse> caller) {
        answer(orders.rollBack(request), caller);
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> caller) {
        caller.onNext(orders.list(request));
        caller.onCompleted();
    }

    @Override
    public void pauseGeneration(PauseGenerationRequest request, StreamObserver<PauseGenerationResponse> caller) {
        answer(orders.pause(request), caller);
    }

    @Override
    public void resumeGeneration(ResumeGenerationRequest request, StreamObserver<ResumeGenerationResponse> caller) {
        answer(orders.resume(), caller);
    }

    @Override
    public void abortRequests(AbortRequestsRequest request, StreamObserver<AbortRequestsResponse> caller) {
        answer(orders.abort(request), caller);
    }

    /** Answers when the order is carried out, and calls it off, as far as that can be, when its caller goes away. */
    private static <R extends Message> void answer(CompletableFuture<R> order, StreamObserver<R> caller) {
        ((ServerCallStreamObserver<R>) caller).setOnCancelHandler(() -> order.cancel(false));
        CompletableFuture<R> unused = order.whenComplete((response, error) -> {
            if (order.isCancelled()) {
                return;
            }
            if (error == null) {
                caller.onNext(response);
                caller.onCompleted();
            } else {
                caller.onError(error instanceof CompletionException wrapped ? wrapped.getCause() : error);
            }
        });
    }
}
