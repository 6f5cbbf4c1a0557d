package dev.plumbline.serving.server;

import io.grpc.stub.StreamObserver;
import io.grpc.testing.protobuf.SimpleRequest;
import io.grpc.testing.protobuf.SimpleResponse;
import io.grpc.testing.protobuf.SimpleServiceGrpc;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The composition root of the toy service. */
@Singleton
final class ToyBeans {
    /** Holds the toy, so that the test finds the same one as the server. */
    static final class Toy {
        final ToyService service = new ToyService();
    }

    @Produces
    @Singleton
    Toy toy() {
        return new Toy();
    }

    @Produces
    @Singleton
    ToyHost host() {
        return new ToyHost();
    }

    /** The toy as Quarkus wants it. */
    @GrpcService
    @Blocking
    static class ToyGrpcService extends SimpleServiceGrpc.SimpleServiceImplBase {
        private final ToyService service;

        @Inject
        ToyGrpcService(Toy toy) {
            this.service = toy.service;
        }

        @Override
        public void unaryRpc(SimpleRequest request, StreamObserver<SimpleResponse> responses) {
            service.unaryRpc(request, responses);
        }
    }
}
