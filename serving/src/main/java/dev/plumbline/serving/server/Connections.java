package dev.plumbline.serving.server;

import io.grpc.InternalServer;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of the gRPC server, and how they end: by HTTP/2's GOAWAY, after which a client takes its next call
 * elsewhere, while what is under way or already sent is answered.
 *
 * <p>Quarkus gives its {@link Server} to nobody; grpc-java puts it into each call's context. Before the first call there
 * is nobody to send away.
 */
final class Connections implements ServerInterceptor {
    private volatile @Nullable Server server;

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        if (server == null) {
            server = InternalServer.SERVER_CONTEXT_KEY.get();
        }
        return next.startCall(call, headers);
    }

    /** Sends every client elsewhere, and lets no new one in. */
    void sendAway() {
        Server known = server;
        if (known != null) {
            known.shutdown();
        }
    }

    /** Waits until every connection is closed; false if that takes longer. */
    boolean awaitNone(Duration timeout) throws InterruptedException {
        Server known = server;
        return known == null || known.awaitTermination(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
}
