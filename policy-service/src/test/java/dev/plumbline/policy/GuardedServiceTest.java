package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.proto.policy.v1.GetLoadRequest;
import dev.plumbline.proto.policy.v1.ListModelsRequest;
import dev.plumbline.proto.policy.v1.PolicyControlServiceGrpc;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc;
import dev.plumbline.proto.policy.v1.ResumeGenerationRequest;
import dev.plumbline.serving.client.Channels;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A service that asks for tokens; it has no model, so that those who are let in learn that. */
@QuarkusTest
@QuarkusTestResource(TestHouse.class)
@TestProfile(GuardedServiceTest.Guarded.class)
@Timeout(120)
class GuardedServiceTest {
    private static final String DATA = "data-data-data-data";
    private static final String CONTROL = "control-control-control";
    private static final Path FILE = Path.of("target", "guarded", "tokens");

    /** Data tokens in a file, control tokens in the setting. */
    public static final class Guarded implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                Files.createDirectories(FILE.getParent());
                Files.writeString(FILE, DATA);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Map.of(
                    "plumbline.policy.model",
                    "unpublished",
                    "plumbline.policy.reload-api",
                    "true",
                    "plumbline.security.tokens.data",
                    "file:" + FILE,
                    "plumbline.security.tokens.control",
                    "other-other-other-other," + CONTROL);
        }
    }

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int dataPort;

    @ConfigProperty(name = "plumbline.policy.control.port")
    int controlPort;

    @ConfigProperty(name = "quarkus.http.test-port")
    int httpPort;

    private final List<ManagedChannel> channels = new ArrayList<>();

    @AfterEach
    void disconnect() {
        channels.forEach(ManagedChannel::shutdownNow);
    }

    @ParameterizedTest
    @CsvSource({
        "'', UNAUTHENTICATED, TOKEN_MISSING",
        "wrong-wrong-wrong-wrong, UNAUTHENTICATED, TOKEN_UNKNOWN",
        DATA + ", OK, ''",
        CONTROL + ", OK, ''"
    })
    void thoseWhoAskNeedAToken(String token, Status.Code code, String reason) {
        PolicyServiceGrpc.PolicyServiceBlockingStub asking =
                PolicyServiceGrpc.newBlockingStub(channel(dataPort, token));

        assertOutcome(() -> asking.getLoad(GetLoadRequest.getDefaultInstance()), code, reason);
    }

    @ParameterizedTest
    @CsvSource({
        "'', UNAUTHENTICATED, TOKEN_MISSING",
        "wrong-wrong-wrong-wrong, UNAUTHENTICATED, TOKEN_UNKNOWN",
        DATA + ", PERMISSION_DENIED, CONTROL_ROLE_REQUIRED",
        CONTROL + ", OK, ''",
        "other-other-other-other, OK, ''"
    })
    void thoseWhoOrderNeedTheControlRole(String token, Status.Code code, String reason) {
        PolicyControlServiceGrpc.PolicyControlServiceBlockingStub ordering =
                PolicyControlServiceGrpc.newBlockingStub(channel(controlPort, token));

        assertOutcome(() -> ordering.listModels(ListModelsRequest.getDefaultInstance()), code, reason);
        assertOutcome(() -> ordering.resumeGeneration(ResumeGenerationRequest.getDefaultInstance()), code, reason);
    }

    @Test
    void ordersAreTakenAtTheControlPortAlone() {
        assertOutcome(
                () -> PolicyControlServiceGrpc.newBlockingStub(channel(dataPort, CONTROL))
                        .listModels(ListModelsRequest.getDefaultInstance()),
                Status.Code.UNIMPLEMENTED,
                "");
        assertOutcome(
                () -> PolicyServiceGrpc.newBlockingStub(channel(controlPort, CONTROL))
                        .getLoad(GetLoadRequest.getDefaultInstance()),
                Status.Code.UNIMPLEMENTED,
                "");
    }

    @ParameterizedTest
    @CsvSource({"'', 401", "wrong-wrong-wrong-wrong, 401", DATA + ", 503", CONTROL + ", 503"})
    void callsOverHttpNeedATokenAsOpenAisClientsSendIt(String token, int status) throws Exception {
        HttpResponse<String> response =
                http("/v1/completions", token, "{\"model\": \"unpublished\", \"prompt\": \"a\"}");

        assertThat(response.statusCode()).isEqualTo(status);
        if (status == 401) {
            assertThat(response.headers().firstValue("www-authenticate")).hasValue("Bearer");
            assertThat(response.body())
                    .contains("\"type\":\"invalid_request_error\"", "\"code\":\"invalid_api_key\"", "\"param\":null");
        } else {
            assertThat(response.body()).contains("\"code\":\"no_model\"");
        }
    }

    @ParameterizedTest
    @CsvSource({"'', 401", "wrong-wrong-wrong-wrong, 401", DATA + ", 403", CONTROL + ", 200"})
    void ordersOverHttpNeedTheControlRole(String token, int status) throws Exception {
        for (String path : List.of("/pause?mode=keep", "/reset_prefix_cache", "/resume")) {
            assertThat(http(path, token, "{}").statusCode()).as(path).isEqualTo(status);
        }
        String reload = "{\"method\": \"reload_weights\", \"kwargs\": {\"weights_path\": \"/a/unpublished/1\"}}";
        assertThat(http("/collective_rpc", token, reload).statusCode()).isEqualTo(status == 200 ? 404 : status);
    }

    @Test
    void aReplacedTokenIsTakenSoonAndTheOneBeforeItNoMore() throws Exception {
        String next = "next-next-next-next";
        Files.writeString(FILE, next);

        RunningHouse.eventually(() -> outcome(next).isEmpty());
        assertThat(outcome(DATA)).hasValue("TOKEN_UNKNOWN");

        Files.writeString(FILE, next + "\n" + DATA + "\n");
        RunningHouse.eventually(() -> outcome(DATA).isEmpty());
        assertThat(outcome(next)).isEmpty();
    }

    private Optional<String> outcome(String token) {
        try {
            PolicyServiceGrpc.newBlockingStub(channel(dataPort, token)).getLoad(GetLoadRequest.getDefaultInstance());
            return Optional.empty();
        } catch (StatusRuntimeException e) {
            return Optional.of(Errors.reason(e));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/health/started", "/q/health/live", "/q/metrics"})
    void healthAndMetricsAreThereForEverybody(String path) throws Exception {
        assertThat(http(path, "", "").statusCode()).isEqualTo(200);
    }

    @Test
    void clientsSeeHealthAndServicesOfBothPortsWithoutAToken() {
        Map<Integer, String> services =
                Map.of(dataPort, PolicyServiceGrpc.SERVICE_NAME, controlPort, PolicyControlServiceGrpc.SERVICE_NAME);
        services.forEach((port, service) -> {
            ManagedChannel channel = channel(port, "");
            assertThat(HealthGrpc.newBlockingStub(channel)
                            .check(HealthCheckRequest.newBuilder()
                                    .setService(service)
                                    .build())
                            .getStatus())
                    .isEqualTo(ServingStatus.NOT_SERVING);
            assertThat(reflected(channel)).contains(service);
        });
    }

    private static List<String> reflected(ManagedChannel channel) {
        CompletableFuture<List<String>> names = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                        names.complete(answer.getListServicesResponse().getServiceList().stream()
                                .map(service -> service.getName())
                                .toList());
                    }

                    @Override
                    public void onError(Throwable error) {
                        names.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {}
                });
        questions.onNext(
                ServerReflectionRequest.newBuilder().setListServices("").build());
        return names.join();
    }

    private static void assertOutcome(Runnable call, Status.Code code, String reason) {
        if (code == Status.Code.OK) {
            call.run();
            return;
        }
        StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(error.getStatus().getCode()).isEqualTo(code);
        if (!reason.isEmpty()) {
            assertThat(Errors.reason(error)).isEqualTo(reason);
        }
    }

    private ManagedChannel channel(int port, String token) {
        ManagedChannel channel =
                Channels.open("127.0.0.1:" + port, false, Optional.of(token).filter(shown -> !shown.isEmpty()));
        channels.add(channel);
        return channel;
    }

    /** A POST if there is a body. */
    private HttpResponse<String> http(String path, String token, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
