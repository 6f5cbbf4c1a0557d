package dev.plumbline.serving.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.protobuf.SimpleRequest;
import io.grpc.testing.protobuf.SimpleResponse;
import io.grpc.testing.protobuf.SimpleServiceGrpc;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** A service whose every answer the test gives itself: each call waits in a queue with its observer. */
class ToyService extends SimpleServiceGrpc.SimpleServiceImplBase {
    /** A call that came in. */
    record Call(String message, StreamObserver<SimpleResponse> answer) {}

    final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();
    volatile Consumer<Call> behaviour = calls::add;

    @Override
    public void unaryRpc(SimpleRequest request, StreamObserver<SimpleResponse> responses) {
        ((ServerCallStreamObserver<SimpleResponse>) responses)
                .setOnCancelHandler(() -> cancelled.add(request.getRequestMessage()));
        behaviour.accept(new Call(request.getRequestMessage(), responses));
    }

    @Override
    public void serverStreamingRpc(SimpleRequest request, StreamObserver<SimpleResponse> responses) {
        unaryRpc(request, responses);
    }

    static void answer(Call call, String message) {
        call.answer()
                .onNext(SimpleResponse.newBuilder().setResponseMessage(message).build());
        call.answer().onCompleted();
    }
}
