package dev.plumbline.trainer.model;

import dev.plumbline.exchange.store.ModelPieces;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import dev.plumbline.serving.error.CallerFault;
import io.grpc.stub.ServerCallStreamObserver;

/** Streams the files of a version, the manifest first, as fast as the caller takes them. */
public final class ModelDownload {
    /** What is read ahead of a caller, so that the next pieces are there when the wire is free; gRPC's default is 32 KiB. */
    private static final int AHEAD_BYTES = 4 << 20;

    private final ModelCatalog models;
    private final ModelStore store;

    public ModelDownload(ModelCatalog models, ModelStore store) {
        this.models = models;
        this.store = store;
    }

    /** Begins to send; throws if there is no such version. Must be called from within the call's method. */
    public void start(DownloadModelRequest request, ServerCallStreamObserver<DownloadModelResponse> caller) {
        Transfer transfer = new Transfer(new ModelPieces(find(request.getModel()), request.getHaveMap()), caller);
        caller.setOnReadyThreshold(AHEAD_BYTES);
        caller.setOnReadyHandler(transfer::send);
        caller.setOnCancelHandler(transfer::close);
        transfer.send();
    }

    private StoredModel find(String name) {
        try {
            if (models.find(name) instanceof ModelSource.Published published) {
                return store.read(published.version());
            }
        } catch (IllegalArgumentException e) {
            throw CallerFault.notFound("NO_SUCH_MODEL", String.valueOf(e.getMessage()));
        }
        throw CallerFault.notFound("NO_SUCH_MODEL", "\"" + name + "\" is no published model; ListModels shows them");
    }

    /** One caller's download; its methods may be called from several of the server's threads. */
    private static final class Transfer {
        private final ModelPieces pieces;
        private final ServerCallStreamObserver<DownloadModelResponse> caller;
        private boolean ended;

        private Transfer(ModelPieces pieces, ServerCallStreamObserver<DownloadModelResponse> caller) {
            this.pieces = pieces;
            this.caller = caller;
        }

        private synchronized void send() {
            try {
                while (!ended && caller.isReady()) {
                    if (pieces.hasNext()) {
                        caller.onNext(pieces.next());
                    } else {
                        close();
                        caller.onCompleted();
                    }
                }
            } catch (RuntimeException e) {
                close();
                caller.onError(e);
            }
        }

        private synchronized void close() {
            if (!ended) {
                ended = true;
                pieces.close();
            }
        }
    }
}
