package dev.plumbline.exchange.store;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** Sends models as a trainer does, until a test says otherwise. */
final class FakeTrainer extends TrainerServiceGrpc.TrainerServiceImplBase {

    final List<DownloadModelRequest> requests = new CopyOnWriteArrayList<>();
    volatile int breakAfterPieces = Integer.MAX_VALUE;
    volatile UnaryOperator<DownloadModelResponse> change = UnaryOperator.identity();
    volatile long sentBytes;

    private final ModelStore store;

    FakeTrainer(ModelStore store) {
        this.store = store;
    }

    @Override
    public void downloadModel(DownloadModelRequest request, StreamObserver<DownloadModelResponse> observer) {
        requests.add(request);
        ModelVersion version = ModelVersion.parse(request.getModel());
        if (!store.contains(version)) {
            observer.onError(
                    Status.NOT_FOUND.withDescription(version + " is not here").asRuntimeException());
            return;
        }
        long bytes = 0;
        try (ModelPieces pieces = new ModelPieces(store.read(version), request.getHaveMap())) {
            for (int sent = 0; pieces.hasNext(); sent++) {
                if (sent == breakAfterPieces) {
                    observer.onError(Status.UNAVAILABLE.withDescription("gone").asRuntimeException());
                    return;
                }
                DownloadModelResponse piece = change.apply(pieces.next());
                bytes += piece.getData().size();
                observer.onNext(piece);
            }
            sentBytes = bytes;
            observer.onCompleted();
        }
    }
}
