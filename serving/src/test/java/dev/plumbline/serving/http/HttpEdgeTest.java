package dev.plumbline.serving.http;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.access.Tokens;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.HttpFault;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.RefusingCalls;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A façade behind the edge, called over sockets. */
@Timeout(60)
class HttpEdgeTest {
    private static final int MAX_BODY = 1000;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RefusingCalls calls = new RefusingCalls();
    private final Vertx vertx = Vertx.vertx();
    private final ExecutorService workers = Executors.newFixedThreadPool(2);
    private final HttpClient client = HttpClient.newHttpClient();
    private final BlockingQueue<HttpCall> arrived = new LinkedBlockingQueue<>();
    private Access access = Access.open();
    private Consumer<HttpCall> service = arrived::add;
    private HttpServer server;

    @BeforeEach
    void listen() throws Exception {
        Router router = Router.router(vertx);
        HttpEdge.Facade facade = new HttpEdge(access, calls.calls(), new ServingMeters(registry), MAX_BODY, workers)
                .facade(router, "/v1", HttpEdgeTest::body);
        facade.serve(HttpMethod.POST, "/toy", call -> service.accept(call));
        facade.refuseTheRest();
        server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, SECONDS);
        workers.shutdownNow();
    }

    private static String body(HttpFault fault) {
        return fault.reason() + ": " + fault.message();
    }

    @Test
    void aCallWithoutATokenIsToldHowToSendOneAndOneWithItIsServed() throws Exception {
        access = new Access(Tokens.of("data", List.of("data-data-data-data")), Tokens.of("control", List.of()));
        listen();
        service = call -> call.answer(() -> "{}");

        HttpResponse<String> denied = post("/v1/toy", "x".repeat(MAX_BODY));
        assertThat(denied.statusCode()).isEqualTo(401);
        assertThat(denied.headers().firstValue("www-authenticate")).hasValue("Bearer");
        assertThat(denied.body()).startsWith("TOKEN_MISSING");
        assertThat(arrived).isEmpty();

        HttpResponse<String> served = client.send(
                HttpRequest.newBuilder(uri("/v1/toy"))
                        .header("Authorization", "bearer data-data-data-data")
                        .POST(BodyPublishers.ofString("hello"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(served.statusCode()).isEqualTo(200);
    }

    @Test
    void anAnswerIsWholeAndNamesTheCall() throws Exception {
        service = call -> call.answer(() -> "{\"got\": " + call.body().length + "}");

        HttpResponse<String> response = post("/v1/toy", "hello");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"got\": 5}");
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.headers().firstValue("x-request-id")).isPresent();
        // The caller has its answer a moment before the call has ended.
        assertThat(calls.awaitNone(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void whatPassesHasAStatusWithTheDelay() throws Exception {
        service = call -> {
            throw NotNow.queueFull("256 requests are waiting", Duration.ofMillis(1200));
        };

        HttpResponse<String> response = post("/v1/toy", "");

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("retry-after")).contains("2");
        assertThat(response.headers().firstValue("retry-after-ms")).contains("1200");
        assertThat(response.body()).isEqualTo("QUEUE_FULL: 256 requests are waiting");
        assertThat(registry.counter("plumbline.requests.rejected", "reason", "QUEUE_FULL")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void theCallersFaultAndADefectAreToldApart() throws Exception {
        service = call -> call.fail(CallerFault.invalid("INVALID_TOY", "toy", "toy must be a ball"));
        assertThat(post("/v1/toy", "").statusCode()).isEqualTo(400);

        service = call -> {
            throw new IllegalStateException("secret");
        };
        HttpResponse<String> response = post("/v1/toy", "");

        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body())
                .contains(response.headers().firstValue("x-request-id").orElseThrow())
                .doesNotContain("secret");
    }

    @Test
    void anErrorAfterTheFirstEventIsTheLastEvent() throws Exception {
        service = call -> {
            call.events(() -> List.of("one", "two"));
            call.fail(NotNow.aborted("STOPPED", "the server stops"));
            call.endEvents(() -> List.of("never"));
        };

        HttpResponse<String> response = post("/v1/toy", "");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("text/event-stream; charset=utf-8");
        assertThat(response.body()).isEqualTo("data: one\n\ndata: two\n\ndata: STOPPED: the server stops\n\n");
    }

    @Test
    void whatMakesAPieceMayFailToo() throws Exception {
        service = call -> call.answer(() -> {
            throw CallerFault.notFound("NO_TOY", "there is none");
        });

        assertThat(post("/v1/toy", "").statusCode()).isEqualTo(404);
    }

    @Test
    void aDrainingServerRefusesAndClosesTheConnection() throws Exception {
        calls.refuse();

        HttpResponse<String> response = post("/v1/toy", "");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).startsWith("SERVER_DRAINING");
        assertThat(response.headers().firstValue("retry-after")).contains("1");
        assertThat(response.headers().firstValue("connection")).contains("close");
    }

    @Test
    void aCallUnderWayCountsUntilItsEnd() throws Exception {
        var response = client.sendAsync(request("/v1/toy", "", HttpClient.Version.HTTP_1_1), BodyHandlers.ofString());
        HttpCall call = arrived.take();
        assertThat(calls.count()).isEqualTo(1);

        call.answer(() -> "{}");

        assertThat(response.get().statusCode()).isEqualTo(200);
        assertThat(calls.awaitNone(Duration.ofSeconds(10))).isTrue();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aCallerThatGoesAwayIsNoticed(HttpClient.Version version) throws Exception {
        var response = client.sendAsync(request("/v1/toy", "", version), BodyHandlers.ofInputStream());
        HttpCall call = arrived.take();
        CountDownLatch ended = new CountDownLatch(1);
        call.onEnd(ended::countDown);
        call.events(() -> List.of("one"));
        InputStream events = response.get().body();
        assertThat(events.read()).isEqualTo('d');

        events.close();

        assertThat(ended.await(10, SECONDS)).isTrue();
        assertThat(call.isGone()).isTrue();
        assertThat(calls.awaitNone(Duration.ofSeconds(10))).isTrue();
        CountDownLatch late = new CountDownLatch(1);
        call.onEnd(late::countDown);
        assertThat(late.getCount()).isZero();
    }

    @Test
    void aBodyIsBounded() throws Exception {
        assertThat(post("/v1/toy", "x".repeat(MAX_BODY + 1)).statusCode()).isEqualTo(413);
        assertThat(arrived).isEmpty();
    }

    @Test
    void wrongMethodsAndPathsAreErrorsOfTheSameForm() throws Exception {
        HttpResponse<String> method =
                client.send(HttpRequest.newBuilder(uri("/v1/toy")).build(), BodyHandlers.ofString());
        HttpResponse<String> path = post("/v1/nothing", "");

        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.body()).isEqualTo("METHOD_NOT_ALLOWED: GET /v1/toy does not exist: use POST");
        assertThat(path.statusCode()).isEqualTo(404);
        assertThat(path.body()).startsWith("UNKNOWN_PATH: /v1/nothing does not exist");
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return client.send(request(path, body, HttpClient.Version.HTTP_1_1), BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String body, HttpClient.Version version) {
        return HttpRequest.newBuilder(uri(path))
                .version(version)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.actualPort() + path);
    }
}
