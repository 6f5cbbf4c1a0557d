package dev.plumbline.serving.server;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.rpc.ErrorInfo;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.worker.Driver;
import dev.plumbline.serving.worker.Worker;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.protobuf.SimpleRequest;
import io.grpc.testing.protobuf.SimpleResponse;
import io.grpc.testing.protobuf.SimpleServiceGrpc;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole room, in Quarkus, over sockets. */
@QuarkusTest
@Timeout(60)
class RunningServerTest {
    private static final SimpleRequest HELLO =
            SimpleRequest.newBuilder().setRequestMessage("hello").build();

    @Inject
    ToyHost host;

    @Inject
    ToyBeans.Toy toy;

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @ConfigProperty(name = "quarkus.http.test-port")
    int httpPort;

    private final HttpClient client = HttpClient.newHttpClient();
    private ManagedChannel channel;

    @BeforeEach
    void connect() {
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    @AfterEach
    void disconnect() throws Exception {
        host.conditions = List.of();
        host.drivers = List.of();
        toy.service.behaviour = toy.service.calls::add;
        channel.shutdownNow().awaitTermination(5, SECONDS);
    }

    @Test
    void theServiceWasStarted() {
        assertThat(host.asked).contains("start");
    }

    @Test
    void errorsCarryTheirDetailsThroughQuarkusOwnInterceptors() throws Exception {
        toy.service.behaviour = call -> {
            throw NotNow.queueFull("256 requests are waiting", Duration.ofMillis(250));
        };

        StatusRuntimeException error = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> SimpleServiceGrpc.newBlockingStub(channel).unaryRpc(HELLO));

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(StatusProto.fromThrowable(error)
                        .getDetails(0)
                        .unpack(ErrorInfo.class)
                        .getReason())
                .isEqualTo("QUEUE_FULL");
        assertThat(get("/q/metrics").body()).contains("plumbline_requests_rejected_total{reason=\"QUEUE_FULL\"}");
    }

    @Test
    void bytesThatAreNoMessageAreTheirCallersFaultAndNeverReachTheService() throws Exception {
        StatusRuntimeException error =
                catchThrowableOfType(StatusRuntimeException.class, () -> MalformedCall.make(channel));

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(error.getStatus().getDescription()).contains(SimpleServiceGrpc.SERVICE_NAME + "/UnaryRpc");
        assertThat(StatusProto.fromThrowable(error)
                        .getDetails(0)
                        .unpack(ErrorInfo.class)
                        .getReason())
                .isEqualTo("MALFORMED_MESSAGE");
        assertThat(toy.service.calls).isEmpty();
        assertThat(get("/q/metrics").body())
                .contains("plumbline_requests_rejected_total{reason=\"MALFORMED_MESSAGE\"}");
    }

    @Test
    void aCallThatIsGivenUpIsReportedToTheService() throws Exception {
        ListenableFuture<SimpleResponse> answer =
                SimpleServiceGrpc.newFutureStub(channel).unaryRpc(HELLO);
        toy.service.calls.take();

        answer.cancel(true);

        assertThat(toy.service.cancelled.take()).isEqualTo("hello");
    }

    @Test
    void anExpiredCallIsReportedToTheService() throws Exception {
        ListenableFuture<SimpleResponse> answer = SimpleServiceGrpc.newFutureStub(channel)
                .withDeadlineAfter(300, MILLISECONDS)
                .unaryRpc(HELLO);

        assertThat(toy.service.cancelled.take()).isEqualTo("hello");
        toy.service.calls.take();
        assertThat(answer).failsWithin(Duration.ofSeconds(5));
    }

    @Test
    void healthFollowsTheConditionsOfTheService() throws Exception {
        Iterator<HealthCheckResponse> watch = HealthGrpc.newBlockingStub(channel)
                .watch(HealthCheckRequest.newBuilder()
                        .setService(SimpleServiceGrpc.SERVICE_NAME)
                        .build());
        awaitStatus(watch, ServingStatus.SERVING);
        assertThat(get("/q/health/ready").statusCode()).isEqualTo(200);

        host.conditions = List.of(Condition.required("model", false, "NO_MODEL: nothing is published as policy"));
        awaitStatus(watch, ServingStatus.NOT_SERVING);
        HttpResponse<String> ready = get("/q/health/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).contains("missing: NO_MODEL: nothing is published as policy");
        assertThat(get("/q/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/q/health/started").statusCode()).isEqualTo(200);

        host.conditions = List.of(Condition.informative("kafka", false, "broker away"));
        awaitStatus(watch, ServingStatus.SERVING);
        assertThat(get("/q/health/ready").body()).contains("missing: broker away");
    }

    @Test
    void aDeadWorkerMakesTheProcessNotLive() throws Exception {
        CountDownLatch dead = new CountDownLatch(1);
        Driver driver = new Driver("toy-engine", new DyingWorker(dead), Duration.ZERO, Duration.ofMinutes(1));
        driver.start();
        dead.await();
        host.drivers = List.of(driver);

        HttpResponse<String> live = get("/q/health/live");

        assertThat(live.statusCode()).isEqualTo(503);
        assertThat(live.body()).contains("toy-engine died");
    }

    @Test
    void anUnknownServiceHasNoHealth() {
        assertThat(catchThrowableOfType(
                                StatusRuntimeException.class,
                                () -> HealthGrpc.newBlockingStub(channel)
                                        .check(HealthCheckRequest.newBuilder()
                                                .setService("no.such.Service")
                                                .build()))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void reflectionNamesTheService() throws Exception {
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> requests = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        answer.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {}
                });
        requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());

        assertThat(answer.get(10, SECONDS).getListServicesResponse().getServiceList())
                .anySatisfy(service -> assertThat(service.getName()).isEqualTo(SimpleServiceGrpc.SERVICE_NAME));
        requests.onCompleted();
    }

    private static void awaitStatus(Iterator<HealthCheckResponse> watch, ServingStatus expected) {
        while (watch.next().getStatus() != expected) {
            // Each turn waits for the server's next event; the test's timeout ends a wait in vain.
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Fails at its first poll. */
    private record DyingWorker(CountDownLatch dead) implements Worker {
        @Override
        public int poll() {
            throw new IllegalStateException("died on purpose");
        }

        @Override
        public void finish() {
            dead.countDown();
        }
    }
}
