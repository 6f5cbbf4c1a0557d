package dev.plumbline.reward.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.Verification;
import dev.plumbline.proto.reward.v1.VerifierServiceGrpc.VerifierServiceImplBase;
import dev.plumbline.proto.reward.v1.VerifyRequest;
import dev.plumbline.proto.reward.v1.VerifyResponse;
import dev.plumbline.reward.verifier.HttpVerifier.Reply;
import dev.plumbline.reward.verifier.VerifierTerms.Breaker;
import dev.plumbline.reward.verifier.VerifierTerms.Patience;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.error.ServiceException;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerifierTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final Patience ONE_RETRY = new Patience(LONG, 1, Duration.ofMillis(1));
    private static final Patience NO_RETRY = new Patience(LONG, 0, Duration.ofMillis(1));
    private static final Breaker PATIENT = new Breaker(100, LONG);
    private static final Reply AWAY = new Reply(503, "");

    @Test
    void answers_go_to_http_as_json_and_values_come_back_in_their_order() {
        try (HttpVerifier server = new HttpVerifier(call -> values(1, 0.5))) {
            Answer right = Answer.newBuilder()
                    .setText("2+2?")
                    .setAnswer("4")
                    .setGroundTruth("4")
                    .build();

            List<Float> values = values(server.target(), ONE_RETRY, PATIENT, List.of(right, answer("5")));

            assertThat(values).containsExactly(1f, 0.5f);
            assertThat(server.requests())
                    .containsExactly("{\"answers\":[{\"text\":\"2+2?\",\"answer\":\"4\",\"ground_truth\":\"4\"},"
                            + "{\"text\":\"?\",\"answer\":\"5\"}]}");
        }
    }

    @Test
    void answers_go_to_a_grpc_service_of_the_contract() throws IOException {
        Server server = grpc(request -> VerifyResponse.newBuilder()
                .addAllVerifications(request.getAnswersList().stream()
                        .map(answer -> Verification.newBuilder()
                                .setValue(Float.parseFloat(answer.getAnswer()))
                                .build())
                        .toList())
                .build());
        try {
            assertThat(values(target(server), ONE_RETRY, PATIENT, List.of(answer("7"), answer("-2"))))
                    .containsExactly(7f, -2f);
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void many_answers_go_in_batches_and_keep_their_order() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        Server server = grpc(request -> {
            calls.incrementAndGet();
            VerifyResponse.Builder response = VerifyResponse.newBuilder();
            request.getAnswersList()
                    .forEach(answer ->
                            response.addVerificationsBuilder().setValue(Float.parseFloat(answer.getAnswer())));
            return response.build();
        });
        List<Answer> answers =
                IntStream.range(0, 10).mapToObj(i -> answer("" + i)).toList();
        try (Verifier verifier = new Verifier("math", new VerifierTerms(target(server), 4, ONE_RETRY, PATIENT))) {
            assertThat(verifier.verify(answers).join())
                    .extracting(Verification::getValue)
                    .containsExactly(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f);
            assertThat(calls).hasValue(3);
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void a_call_that_finds_it_away_is_made_again() {
        try (HttpVerifier server = new HttpVerifier(call -> call == 1 ? AWAY : values(1))) {
            assertThat(values(server.target(), ONE_RETRY, PATIENT, List.of(answer("4"))))
                    .containsExactly(1f);
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void after_the_last_retry_it_is_not_now() {
        try (HttpVerifier server = new HttpVerifier(call -> AWAY)) {
            assertThat(failure(server.target(), ONE_RETRY, PATIENT))
                    .isInstanceOf(NotNow.class)
                    .hasMessageContaining("verifier math is away: HTTP 503");
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void no_answer_within_the_timeout_is_not_now() throws IOException {
        Patience impatient = new Patience(SHORT, 0, SHORT);
        try (HttpVerifier server = new HttpVerifier(call -> HttpVerifier.SILENCE)) {
            assertThat(failure(server.target(), impatient, PATIENT)).isInstanceOf(NotNow.class);
        }
        Server silent = grpc(new VerifierServiceImplBase() {
            @Override
            public void verify(VerifyRequest request, StreamObserver<VerifyResponse> response) {}
        });
        try {
            assertThat(failure(target(silent), impatient, PATIENT))
                    .isInstanceOf(NotNow.class)
                    .hasMessageContaining("DEADLINE_EXCEEDED");
        } finally {
            silent.shutdownNow();
        }
    }

    @Test
    void nobody_there_is_not_now() throws IOException {
        Server gone = grpc(request -> VerifyResponse.getDefaultInstance());
        URI target = target(gone);
        gone.shutdownNow();
        assertThat(failure(target, NO_RETRY, PATIENT)).isInstanceOf(NotNow.class);
        assertThat(failure(URI.create("http://localhost:" + target.getPort()), NO_RETRY, PATIENT))
                .isInstanceOf(NotNow.class);
    }

    @Test
    void one_that_stays_away_is_left_alone_until_it_is_tried_again() {
        AtomicInteger status = new AtomicInteger(503);
        try (HttpVerifier server = new HttpVerifier(call -> status.get() == 200 ? values(1) : AWAY);
                Verifier verifier =
                        new Verifier("math", new VerifierTerms(server.target(), 8, NO_RETRY, new Breaker(2, SHORT)))) {
            assertThat(failure(verifier)).isInstanceOf(NotNow.class);
            assertThat(failure(verifier)).isInstanceOf(NotNow.class);
            assertThat(failure(verifier)).isInstanceOfSatisfying(NotNow.class, notNow -> {
                assertThat(notNow).hasMessageContaining("left alone for a while");
                assertThat(notNow.retryAfter().orElseThrow()).isLessThanOrEqualTo(SHORT);
            });
            assertThat(server.requests()).hasSize(2);

            status.set(200);
            long deadline = System.nanoTime() + LONG.toNanos();
            while (!succeeds(verifier)) {
                assertThat(System.nanoTime()).isLessThan(deadline);
            }
            assertThat(server.requests()).hasSize(3);
        }
    }

    private static boolean succeeds(Verifier verifier) {
        return verifier.verify(List.of(answer("4")))
                .handle((verifications, error) -> error == null)
                .join();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "200 | well done | which is not a VerifyResponse",
                "200 | '{\"verifications\":[]}' | of 1 answers it verified 0",
                "200 | '{\"verifications\":[{\"value\":\"NaN\"}]}' | the value NaN is not finite",
                "404 | nothing here | HTTP 404 with \"nothing here\"",
                "302 | elsewhere | HTTP 302",
                "500 | oops | HTTP 500 with \"oops\""
            })
    void nonsense_is_a_defect_that_names_the_verifier_and_is_not_asked_for_again(
            int status, String body, String problem) {
        try (HttpVerifier server = new HttpVerifier(call -> new Reply(status, body))) {
            assertThat(failure(server.target(), ONE_RETRY, PATIENT))
                    .isInstanceOf(Defect.class)
                    .hasMessageContaining("verifier math cannot be used")
                    .hasMessageContaining(problem);
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void a_grpc_error_that_would_come_again_is_a_defect() throws IOException {
        Server server = grpc(new VerifierServiceImplBase() {});
        try {
            assertThat(failure(target(server), ONE_RETRY, PATIENT))
                    .isInstanceOf(Defect.class)
                    .hasMessageContaining(Status.Code.UNIMPLEMENTED.name());
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void all_problems_of_the_terms_are_told_at_once() {
        assertThatThrownBy(() -> new VerifierTerms(
                        URI.create("ftp://host"),
                        0,
                        new Patience(Duration.ZERO, -1, LONG),
                        new Breaker(0, Duration.ofSeconds(-1))))
                .hasMessageContaining("target must be http://")
                .hasMessageContaining("answers-per-call must be >= 1, got 0")
                .hasMessageContaining("timeout must be > 0")
                .hasMessageContaining("retries must be from 0")
                .hasMessageContaining("failures must be >= 1")
                .hasMessageContaining("open-for must be > 0");
        assertThatThrownBy(() -> new VerifierTerms(URI.create("grpc://host"), 1, ONE_RETRY, PATIENT))
                .hasMessage("target must have a port, got grpc://host");
    }

    private static List<Float> values(URI target, Patience patience, Breaker breaker, List<Answer> answers) {
        try (Verifier verifier = new Verifier("math", new VerifierTerms(target, 8, patience, breaker))) {
            return verifier.verify(answers).join().stream()
                    .map(Verification::getValue)
                    .toList();
        }
    }

    private static ServiceException failure(URI target, Patience patience, Breaker breaker) {
        try (Verifier verifier = new Verifier("math", new VerifierTerms(target, 8, patience, breaker))) {
            return failure(verifier);
        }
    }

    private static ServiceException failure(Verifier verifier) {
        try {
            throw new AssertionError(
                    "it answered " + verifier.verify(List.of(answer("4"))).join());
        } catch (CompletionException e) {
            if (e.getCause() instanceof ServiceException known) {
                return known;
            }
            throw e;
        }
    }

    private static Answer answer(String text) {
        return Answer.newBuilder().setText("?").setAnswer(text).build();
    }

    private static Reply values(double... values) {
        return new Reply(
                200,
                IntStream.range(0, values.length)
                        .mapToObj(i -> "{\"value\":" + values[i] + "}")
                        .collect(Collectors.joining(",", "{\"verifications\":[", "]}")));
    }

    private static Server grpc(Function<VerifyRequest, VerifyResponse> replies) throws IOException {
        return grpc(new VerifierServiceImplBase() {
            @Override
            public void verify(VerifyRequest request, StreamObserver<VerifyResponse> response) {
                response.onNext(replies.apply(request));
                response.onCompleted();
            }
        });
    }

    private static Server grpc(VerifierServiceImplBase service) throws IOException {
        return Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(service)
                .build()
                .start();
    }

    private static URI target(Server server) {
        return URI.create("grpc://localhost:" + server.getPort());
    }
}
