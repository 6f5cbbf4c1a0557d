package dev.plumbline.serving.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.rpc.ErrorInfo;
import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.access.Role;
import dev.plumbline.serving.access.Tokens;
import dev.plumbline.serving.client.ShownToken;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.StatusMapping;
import dev.plumbline.serving.meter.ServingMeters;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import io.grpc.testing.protobuf.SimpleRequest;
import io.grpc.testing.protobuf.SimpleResponse;
import io.grpc.testing.protobuf.SimpleServiceGrpc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CallEdgeTest {
    private static final SimpleRequest HELLO =
            SimpleRequest.newBuilder().setRequestMessage("hello").build();

    private static final CallEdge.Guard EVERYBODY = new CallEdge.Guard(Access.open(), method -> Role.CONTROL);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ActiveCalls active = new ActiveCalls();
    private final ToyService service = new ToyService();
    private Server server;
    private ManagedChannel channel;
    private SimpleServiceGrpc.SimpleServiceBlockingStub blocking;
    private SimpleServiceGrpc.SimpleServiceFutureStub future;

    @BeforeEach
    void start() throws Exception {
        serve(EVERYBODY);
    }

    private void serve(CallEdge.Guard guard) throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(
                        ServerInterceptors.intercept(service, new CallEdge(guard, active, new ServingMeters(registry))))
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
        blocking = SimpleServiceGrpc.newBlockingStub(channel);
        future = SimpleServiceGrpc.newFutureStub(channel);
    }

    @AfterEach
    void stop() throws Exception {
        channel.shutdownNow().awaitTermination(5, SECONDS);
        server.shutdownNow().awaitTermination(5, SECONDS);
    }

    @Test
    void anExceptionThrownByTheMethodReachesTheCallerWithItsDetails() throws Exception {
        service.behaviour = call -> {
            throw CallerFault.invalid("INVALID_SAMPLING", "sampling.top_k", "top_k must be >= 0, got -3");
        };

        StatusRuntimeException error = refused();

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(info(error).getReason()).isEqualTo("INVALID_SAMPLING");
        assertThat(registry.get("plumbline.requests.rejected")
                        .tag("reason", "INVALID_SAMPLING")
                        .counter()
                        .count())
                .isOne();
    }

    @Test
    void anExceptionGivenToTheObserverReachesTheCallerWithItsDetails() throws Exception {
        service.behaviour =
                call -> call.answer().onError(CallerFault.failedPrecondition("MODEL_VERSION_MISMATCH", "not served"));

        StatusRuntimeException error = refused();

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(info(error).getReason()).isEqualTo("MODEL_VERSION_MISMATCH");
    }

    @Test
    void aDefectCarriesTheCallersTraceId() throws Exception {
        service.behaviour = call -> call.answer().onError(new IllegalStateException("shape mismatch"));
        Metadata headers = new Metadata();
        headers.put(
                Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        blocking = blocking.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));

        StatusRuntimeException error = refused();

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(info(error).getMetadataOrThrow("trace_id")).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    }

    @Test
    void aDrainingServerRefusesNewCallsAndFinishesTheOthers() throws Exception {
        ListenableFuture<SimpleResponse> accepted = future.unaryRpc(HELLO);
        ToyService.Call call = service.calls.take();

        active.refuse();
        StatusRuntimeException error = refused();
        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(info(error).getReason()).isEqualTo("SERVER_DRAINING");
        assertThat(error.getTrailers().get(StatusMapping.RETRY_PUSHBACK)).isEqualTo("1000");
        assertThat(active.awaitNone(Duration.ZERO)).isFalse();

        ToyService.answer(call, "world");
        assertThat(accepted.get().getResponseMessage()).isEqualTo("world");
        assertThat(active.awaitNone(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void aCancelledCallIsNoLongerUnderWay() throws Exception {
        ListenableFuture<SimpleResponse> answer = future.unaryRpc(HELLO);
        service.calls.take();
        assertThat(active.count()).isOne();

        answer.cancel(true);

        assertThat(service.cancelled.take()).isEqualTo("hello");
        assertThat(active.awaitNone(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void anErrorAfterTheAnswerIsLoggedAndHarmless() throws Exception {
        service.behaviour = call -> {
            ToyService.answer(call, "world");
            throw new IllegalStateException("too late");
        };

        assertThat(blocking.unaryRpc(HELLO).getResponseMessage()).isEqualTo("world");
        assertThat(active.awaitNone(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void callsOfOneServerAreIndependent() throws Exception {
        ListenableFuture<SimpleResponse> failing = future.unaryRpc(HELLO);
        ListenableFuture<SimpleResponse> good = future.unaryRpc(HELLO);

        service.calls.take().answer().onError(new IllegalStateException("one of them"));
        ToyService.answer(service.calls.take(), "world");

        long answered = Stream.of(failing, good).filter(CallEdgeTest::succeeds).count();
        assertThat(answered).isOne();
    }

    private static boolean succeeds(ListenableFuture<SimpleResponse> answer) {
        try {
            return answer.get().getResponseMessage().equals("world");
        } catch (ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aCallThatMayNotBeMadeNeverReachesTheService() throws Exception {
        Access access = new Access(
                Tokens.of("data", List.of("data-data-data-data")),
                Tokens.of("control", List.of("control-control-control")));
        server.shutdownNow().awaitTermination(5, SECONDS);
        serve(new CallEdge.Guard(access, method -> method.endsWith("/UnaryRpc") ? Role.CONTROL : Role.DATA));

        assertThat(info(refused()).getReason()).isEqualTo("TOKEN_MISSING");
        blocking = blocking.withInterceptors(new ShownToken("data-data-data-data"));
        StatusRuntimeException denied = refused();
        assertThat(denied.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(info(denied).getReason()).isEqualTo("CONTROL_ROLE_REQUIRED");

        assertThat(service.calls).isEmpty();
        assertThat(active.count()).isZero();
        assertThat(registry.get("plumbline.requests.rejected")
                        .tag("reason", "CONTROL_ROLE_REQUIRED")
                        .counter()
                        .count())
                .isOne();
    }

    private StatusRuntimeException refused() {
        return catchThrowableOfType(StatusRuntimeException.class, () -> blocking.unaryRpc(HELLO));
    }

    private static ErrorInfo info(StatusRuntimeException error) throws Exception {
        return StatusProto.fromThrowable(error).getDetails(0).unpack(ErrorInfo.class);
    }
}
