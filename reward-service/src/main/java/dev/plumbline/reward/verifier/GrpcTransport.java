package dev.plumbline.reward.verifier;

import dev.plumbline.proto.reward.v1.VerifierServiceGrpc;
import dev.plumbline.proto.reward.v1.VerifyRequest;
import dev.plumbline.proto.reward.v1.VerifyResponse;
import dev.plumbline.serving.client.Channels;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Calls {@code plumbline.reward.v1.VerifierService/Verify}. */
final class GrpcTransport implements Transport {

    private final ManagedChannel channel;
    private final Duration timeout;

    GrpcTransport(VerifierTerms terms) {
        this.channel =
                Channels.open(terms.target().getHost() + ":" + terms.target().getPort(), terms.isEncrypted());
        this.timeout = terms.patience().timeout();
    }

    @Override
    public CompletableFuture<VerifyResponse> verify(VerifyRequest request) {
        Reply reply = new Reply();
        VerifierServiceGrpc.newStub(channel)
                .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
                .verify(request, reply);
        return reply.response;
    }

    private static final class Reply implements StreamObserver<VerifyResponse> {
        private final CompletableFuture<VerifyResponse> response = new CompletableFuture<>();

        @Override
        public void onNext(VerifyResponse message) {
            response.complete(message);
        }

        @Override
        public void onError(Throwable error) {
            Status status = Status.fromThrowable(error);
            String told = status.getCode() + (status.getDescription() == null ? "" : ": " + status.getDescription());
            response.completeExceptionally(
                    switch (status.getCode()) {
                        case UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED, DEADLINE_EXCEEDED, CANCELLED ->
                            new VerifierAwayException(told, error);
                        default -> new VerifierFaultException(told, error);
                    });
        }

        @Override
        public void onCompleted() {
            response.completeExceptionally(new VerifierFaultException("the call ended without a response"));
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
