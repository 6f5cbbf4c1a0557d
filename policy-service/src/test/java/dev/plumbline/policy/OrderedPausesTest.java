package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.util.concurrent.ListenableFuture;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.AbortRequestsRequest;
import dev.plumbline.proto.policy.v1.AbortRequestsResponse;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GetLoadRequest;
import dev.plumbline.proto.policy.v1.GetLoadResponse;
import dev.plumbline.proto.policy.v1.PauseGenerationRequest;
import dev.plumbline.proto.policy.v1.PauseGenerationResponse;
import dev.plumbline.proto.policy.v1.PauseMode;
import dev.plumbline.proto.policy.v1.ResumeGenerationRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whether anything is generated, by order; a request for so many answers runs until it is told otherwise. */
@QuarkusTest
@QuarkusTestResource(TestHouse.class)
@Timeout(180)
class OrderedPausesTest {
    private static final int LONG = 256;
    private static final int SHORT = 8;

    private static RunningHouse house;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @AfterEach
    void resumeAndEmpty() {
        resume();
        abortAll();
        RunningHouse.eventually(() -> load().getRunning() == 0 && load().getQueued() == 0);
    }

    @Test
    void waitFinishesWhatRunsAndQueuesTheRest() throws Exception {
        ListenableFuture<GenerateResponse> running = askAndLook("running", SHORT);

        PauseGenerationResponse paused = pause(PauseMode.PAUSE_MODE_WAIT);

        assertThat(paused.getKept()).isZero();
        assertThat(running.get().getSamplesList())
                .hasSize(SHORT)
                .extracting(Sample::getFinishReason)
                .containsOnly(FinishReason.FINISH_REASON_LENGTH);
        ListenableFuture<GenerateResponse> queued = ask("queued", 1);
        RunningHouse.eventually(() -> load().getQueued() == 1);
        assertThat(house.get("/q/health/ready").body()).contains("paused by order (WAIT)");
        assertThat(house.get("/q/health/ready").statusCode()).isEqualTo(200);
        assertThat(house.metric("plumbline_policy_paused")).isOne();
        assertThat(queued.isDone()).isFalse();

        assertThat(resume()).isTrue();
        assertThat(queued.get().getSamplesCount()).isOne();
        assertThat(resume()).isFalse();
    }

    @Test
    void keepStopsInTheMiddleAndGoesOnWithTheSameTokens() throws Exception {
        GenerateResponse undisturbed = ask("alone", SHORT).get();
        ListenableFuture<GenerateResponse> kept;
        PauseGenerationResponse paused;
        int times = 0;
        do {
            resume();
            kept = askAndLook("kept-" + times++, SHORT);
            paused = pause(PauseMode.PAUSE_MODE_KEEP);
        } while (paused.getKept() == 0); // all were over before the order came

        assertThat(paused.getKept()).isEqualTo(load().getRunning());
        assertThat(tokens()).isEqualTo(tokensAfterAnother(ask("queued", 1)));
        assertThat(kept.isDone()).isFalse();

        resume();
        assertThat(kept.get().getSamplesList())
                .extracting(Sample::getTokenIdsList)
                .isEqualTo(undisturbed.getSamplesList().stream()
                        .map(Sample::getTokenIdsList)
                        .toList());
    }

    @Test
    void abortEndsWhatRunsWithWhatItHasAndQueuesTheRest() throws Exception {
        ListenableFuture<GenerateResponse> running = ask("running", LONG);
        awaitRunning();
        ListenableFuture<GenerateResponse> queued = ask("queued", 1);
        RunningHouse.eventually(() -> load().getQueued() == 2);

        PauseGenerationResponse paused = pause(PauseMode.PAUSE_MODE_ABORT);

        assertThat(paused.getKept()).isZero();
        assertThat(paused.getQueued()).isOne();
        assertThat(running.get().getSamplesCount()).isLessThan(LONG);
        assertThat(running.get().getSamplesList())
                .extracting(Sample::getFinishReason)
                .contains(FinishReason.FINISH_REASON_ABORTED);
        assertThat(queued.isDone()).isFalse();

        resume();
        assertThat(queued.get().getSamplesCount()).isOne();
    }

    @Test
    void aPromptFromTheLogThatAPauseEndsIsAnsweredAfterIt() {
        house.submit(Prompt.newBuilder()
                .setId("paused")
                .setText("hello")
                .setSampling(Sampling.newBuilder().setNumSamples(LONG).setSeed(7))
                .setStopping(Stopping.newBuilder().setMaxTokens(100).setIgnoreEos(true))
                .build());
        awaitRunning();

        pause(PauseMode.PAUSE_MODE_ABORT);
        assertThat(load().getRunning()).isZero();
        resume();

        assertThat(house.rollout(rollout -> rollout.getPrompt().getId().equals("paused"))
                        .getSamplesList())
                .hasSize(LONG)
                .extracting(Sample::getFinishReason)
                .containsOnly(FinishReason.FINISH_REASON_LENGTH);
    }

    @Test
    void aCallerThatGoesAwayFreesWhatIsKept() {
        ListenableFuture<GenerateResponse> kept = ask("kept", LONG);
        awaitRunning();
        pause(PauseMode.PAUSE_MODE_KEEP);

        kept.cancel(true);

        RunningHouse.eventually(() -> load().getRunning() == 0);
    }

    @Test
    void aPauseMayBecomeAnother() throws Exception {
        ListenableFuture<GenerateResponse> running = ask("running", LONG);
        awaitRunning();
        pause(PauseMode.PAUSE_MODE_KEEP);

        pause(PauseMode.PAUSE_MODE_ABORT);

        assertThat(running.get().getSamplesCount()).isLessThan(LONG);
    }

    @Test
    void whoDoesNotWaitForAPauseLeavesItInForce() throws Exception {
        ListenableFuture<GenerateResponse> running = ask("running", LONG);
        awaitRunning();

        StatusRuntimeException impatient = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> house.control()
                        .withDeadlineAfter(50, TimeUnit.MILLISECONDS)
                        .pauseGeneration(order(PauseMode.PAUSE_MODE_WAIT)));

        assertThat(impatient.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        CompletableFuture<PauseGenerationResponse> patient =
                CompletableFuture.supplyAsync(() -> pause(PauseMode.PAUSE_MODE_WAIT));
        assertThat(running.get().getSamplesCount()).isEqualTo(LONG);
        assertThat(patient.get().getKept()).isZero();
        assertThat(resume()).isTrue();
    }

    @Test
    void callsAreAbortedByTheirIds() throws Exception {
        ListenableFuture<GenerateResponse> running = ask("one", LONG);
        awaitRunning();
        ListenableFuture<GenerateResponse> queued = ask("two", LONG);
        ListenableFuture<GenerateResponse> other = ask("three", 1);
        RunningHouse.eventually(() -> load().getQueued() == 3);

        AbortRequestsResponse aborted = house.control()
                .abortRequests(AbortRequestsRequest.newBuilder()
                        .addAllRequestIds(List.of("one", "two", "nobody"))
                        .build());

        assertThat(aborted.getAborted()).isEqualTo(2);
        assertThat(aborted.getUnknownRequestIdsList()).containsExactly("nobody");
        assertThat(running.get().getSamplesList())
                .extracting(Sample::getFinishReason)
                .contains(FinishReason.FINISH_REASON_ABORTED);
        assertThatThrownBy(queued::get).cause().satisfies(error -> {
            assertThat(Status.fromThrowable(error).getCode()).isEqualTo(Status.Code.ABORTED);
            assertThat(Errors.reason(error)).isEqualTo("REQUEST_ABORTED");
        });
        assertThat(other.get().getSamplesCount()).isOne();
    }

    @Test
    void whatAPauseKeepsCanBeAborted() throws Exception {
        ListenableFuture<GenerateResponse> kept = ask("kept", LONG);
        awaitRunning();
        pause(PauseMode.PAUSE_MODE_KEEP);

        assertThat(abortAll()).isOne();

        assertThat(kept.get().getSamplesCount()).isLessThan(LONG);
        RunningHouse.eventually(() -> load().getRunning() == 0);
    }

    @Test
    void aCallOverHttpIsAbortedByItsAnswersId() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(house.uri("/v1/completions"))
                .POST(HttpRequest.BodyPublishers.ofString("""
                        {"model": "policy", "prompt": "hello", "n": %d, "max_tokens": 100, "ignore_eos": true,
                         "stream": true}""".formatted(LONG)))
                .build();
        HttpResponse<Stream<String>> response =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofLines());
        Iterator<String> lines = response.body().iterator();
        String id = lines.next().replaceFirst(".*\"id\":\"([^\"]*)\".*", "$1");

        AbortRequestsResponse aborted = house.control()
                .abortRequests(
                        AbortRequestsRequest.newBuilder().addRequestIds(id).build());

        assertThat(aborted.getAborted()).isOne();
        String last = "";
        while (lines.hasNext()) {
            String line = lines.next();
            last = line.isEmpty() ? last : line;
        }
        assertThat(last).isEqualTo("data: [DONE]");
    }

    @Test
    void badOrdersAreToldWhatIsWrong() {
        StatusRuntimeException mode =
                catchThrowableOfType(StatusRuntimeException.class, () -> pause(PauseMode.PAUSE_MODE_UNSPECIFIED));
        assertThat(Errors.fields(mode)).containsExactly("mode");
        assertThat(mode.getStatus().getDescription()).contains("PAUSE_MODE_KEEP");

        for (AbortRequestsRequest bad : List.of(
                AbortRequestsRequest.getDefaultInstance(),
                AbortRequestsRequest.newBuilder().addRequestIds("").build(),
                AbortRequestsRequest.newBuilder()
                        .setAll(true)
                        .addRequestIds("one")
                        .build())) {
            StatusRuntimeException error = catchThrowableOfType(
                    StatusRuntimeException.class, () -> house.control().abortRequests(bad));
            assertThat(Errors.fields(error)).containsExactly("request_ids");
        }
    }

    private static ListenableFuture<GenerateResponse> ask(String id, int samples) {
        return house.future()
                .generate(GenerateRequest.newBuilder()
                        .setRequestId(id)
                        .setText("hello")
                        .setSampling(Sampling.newBuilder().setSeed(5).setNumSamples(samples))
                        .setStopping(Stopping.newBuilder().setMaxTokens(100).setIgnoreEos(true))
                        .build());
    }

    /** Returns as soon as some of the answers run, or all are over: few take no longer than a look. */
    private static ListenableFuture<GenerateResponse> askAndLook(String id, int samples) {
        ListenableFuture<GenerateResponse> asked = ask(id, samples);
        while (!asked.isDone() && load().getRunning() == 0) {
            Thread.onSpinWait();
        }
        return asked;
    }

    private static void awaitRunning() {
        RunningHouse.eventually(() -> load().getRunning() > 0);
    }

    private static GetLoadResponse load() {
        return house.blocking().getLoad(GetLoadRequest.getDefaultInstance());
    }

    private static double tokens() {
        return house.metric("plumbline_policy_tokens_total");
    }

    /** As {@link #tokens}, once another request waits too. */
    private static double tokensAfterAnother(ListenableFuture<GenerateResponse> another) {
        RunningHouse.eventually(() -> load().getQueued() >= 1);
        assertThat(another.isDone()).isFalse();
        return tokens();
    }

    private static PauseGenerationRequest order(PauseMode mode) {
        return PauseGenerationRequest.newBuilder().setMode(mode).build();
    }

    private static PauseGenerationResponse pause(PauseMode mode) {
        return house.control().pauseGeneration(order(mode));
    }

    private static boolean resume() {
        return house.control()
                .resumeGeneration(ResumeGenerationRequest.getDefaultInstance())
                .getWasPaused();
    }

    private static int abortAll() {
        return house.control()
                .abortRequests(AbortRequestsRequest.newBuilder().setAll(true).build())
                .getAborted();
    }
}
