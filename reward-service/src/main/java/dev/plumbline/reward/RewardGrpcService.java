package dev.plumbline.reward;

import dev.plumbline.proto.reward.v1.CompareRequest;
import dev.plumbline.proto.reward.v1.CompareResponse;
import dev.plumbline.proto.reward.v1.RewardServiceGrpc;
import dev.plumbline.proto.reward.v1.ScoreRequest;
import dev.plumbline.proto.reward.v1.ScoreResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The RPCs of plumbline.reward.v1. */
@GrpcService
@Blocking
final class RewardGrpcService extends RewardServiceGrpc.RewardServiceImplBase {

    private final ScoreCalls calls;

    @Inject
    RewardGrpcService(ScoreCalls calls) {
        this.calls = calls;
    }

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
        answer(calls.score(request), observer);
    }

    @Override
    public void compare(CompareRequest request, StreamObserver<CompareResponse> observer) {
        answer(calls.compare(request), observer);
    }

    /** Answers from the engine's thread; a cancelled call is not computed if it still waits. */
    private static <T> void answer(CompletableFuture<T> response, StreamObserver<T> observer) {
        ((ServerCallStreamObserver<T>) observer).setOnCancelHandler(() -> response.cancel(false));
        // What becomes of it is told to the caller.
        var unused = response.whenComplete((message, error) -> {
            if (message != null) {
                observer.onNext(message);
                observer.onCompleted();
            } else if (!response.isCancelled()) {
                observer.onError(error instanceof CompletionException e && e.getCause() != null ? e.getCause() : error);
            }
        });
    }
}
