package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.util.Durations;
import com.google.rpc.RetryInfo;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.ComputeLogprobsResponse;
import dev.plumbline.proto.policy.v1.DetokenizeRequest;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.GetLoadRequest;
import dev.plumbline.proto.policy.v1.GetLoadResponse;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import dev.plumbline.proto.policy.v1.GetModelInfoResponse;
import dev.plumbline.proto.policy.v1.PromptAndResponse;
import dev.plumbline.proto.policy.v1.SampleDelta;
import dev.plumbline.proto.policy.v1.SampleEnd;
import dev.plumbline.proto.policy.v1.StreamEnd;
import dev.plumbline.proto.policy.v1.TokenizeRequest;
import dev.plumbline.proto.policy.v1.TokenizeResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The service in Quarkus, called over sockets. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(180)
class PolicyCallsTest {
    private static RunningHouse house;
    private static ModelVersion served;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        served = house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @Test
    void anAnswerSaysAllThereIsToSay() {
        GenerateResponse response = house.blocking()
                .generate(request(5, 2, 12).setText("hello there").build());

        assertThat(response.getModel()).isEqualTo(served.toString());
        assertThat(response.getPromptTokenIdsCount())
                .isEqualTo(response.getUsage().getPromptTokens())
                .isPositive();
        assertThat(response.getUsage().getCompletionTokens()).isEqualTo(24);
        assertThat(Durations.toNanos(response.getTiming().getTotal())).isPositive();
        assertThat(response.getSamplesList()).extracting(Sample::getIndex).containsExactly(0, 1);
        assertThat(response.getSamplesList()).allSatisfy(sample -> {
            assertThat(sample.getTokenIdsCount())
                    .isEqualTo(sample.getLogprobsCount())
                    .isEqualTo(sample.getRawLogprobsCount())
                    .isEqualTo(12);
            assertThat(sample.getSeed()).isEqualTo(5);
            assertThat(sample.getModelVersionsList()).singleElement().satisfies(span -> {
                assertThat(span.getModel()).isEqualTo(served.toString());
                assertThat(span.getFromToken()).isZero();
                assertThat(span.getToToken()).isEqualTo(12);
            });
        });
    }

    @Test
    void theStreamIsADeltaViewOfTheWhole() {
        GenerateRequest request = request(17, 3, 40)
                .setText("once upon a time")
                .setTopLogprobs(2)
                .setPromptLogprobs(true)
                .build();
        GenerateResponse whole = house.blocking().generate(request);

        List<Sample> streamed = new ArrayList<>();
        StreamEnd summary = stream(request, streamed);

        assertThat(streamed).hasSameSizeAs(whole.getSamplesList());
        for (int i = 0; i < streamed.size(); i++) {
            Sample expected = whole.getSamples(i);
            assertThat(streamed.get(i).getText()).isEqualTo(expected.getText());
            assertThat(streamed.get(i).getTokenIdsList()).isEqualTo(expected.getTokenIdsList());
            assertThat(streamed.get(i).getFinishReason()).isEqualTo(expected.getFinishReason());
        }
        assertThat(streamed)
                .extracting(Sample::getTopLogprobsList)
                .isEqualTo(whole.getSamplesList().stream()
                        .map(Sample::getTopLogprobsList)
                        .toList());
        assertThat(summary.getPromptLogprobs()).isEqualTo(whole.getPromptLogprobs());
        assertThat(summary.getUsage()).isEqualTo(whole.getUsage());
        assertThat(summary.getPromptTokenIdsList()).isEqualTo(whole.getPromptTokenIdsList());
        assertThat(summary.getModel()).isEqualTo(whole.getModel());
    }

    private StreamEnd stream(GenerateRequest request, List<Sample> samples) {
        Iterator<GenerateStreamResponse> events = house.blocking()
                .generateStream(
                        GenerateStreamRequest.newBuilder().setRequest(request).build());
        Map<Integer, Sample.Builder> byIndex = new TreeMap<>();
        StreamEnd summary = StreamEnd.getDefaultInstance();
        while (events.hasNext()) {
            GenerateStreamResponse event = events.next();
            switch (event.getEventCase()) {
                case DELTA -> {
                    SampleDelta delta = event.getDelta();
                    Sample.Builder sample = byIndex.computeIfAbsent(delta.getIndex(), index -> Sample.newBuilder());
                    sample.setText(sample.getText() + delta.getText())
                            .addAllTokenIds(delta.getTokenIdsList())
                            .addAllLogprobs(delta.getLogprobsList())
                            .addAllRawLogprobs(delta.getRawLogprobsList())
                            .addAllTopLogprobs(delta.getTopLogprobsList());
                }
                case END -> {
                    SampleEnd end = event.getEnd();
                    Sample.Builder sample = Objects.requireNonNull(byIndex.get(end.getIndex()));
                    sample.setText(sample.getText() + end.getText()).setFinishReason(end.getFinishReason());
                }
                case SUMMARY -> summary = event.getSummary();
                case EVENT_NOT_SET -> throw new AssertionError("an event without content");
            }
        }
        byIndex.values().forEach(sample -> samples.add(sample.build()));
        return summary;
    }

    @Test
    void computedLogProbabilitiesAreThoseItWasGeneratedWith() {
        GenerateResponse answer = house.blocking()
                .generate(request(23, 2, 30).setText("the answer is").build());
        ComputeLogprobsRequest.Builder request = ComputeLogprobsRequest.newBuilder();
        for (Sample sample : answer.getSamplesList()) {
            request.addSequences(PromptAndResponse.newBuilder()
                    .addAllPromptTokenIds(answer.getPromptTokenIdsList())
                    .addAllResponseTokenIds(sample.getTokenIdsList()));
        }

        ComputeLogprobsResponse computed = house.blocking().computeLogprobs(request.build());

        for (int i = 0; i < answer.getSamplesCount(); i++) {
            List<Float> expected = answer.getSamples(i).getRawLogprobsList();
            List<Float> actual = computed.getSequences(i).getLogprobsList();
            assertThat(computed.getSequences(i).getEntropiesCount()).isEqualTo(expected.size());
            assertThat(actual).hasSameSizeAs(expected);
            for (int token = 0; token < expected.size(); token++) {
                assertThat(actual.get(token)).isCloseTo(expected.get(token), within(1e-4f));
            }
        }
    }

    @Test
    void textAndConversationsAreTokenisedAsForAPrompt() {
        TokenizeResponse text = house.blocking()
                .tokenize(TokenizeRequest.newBuilder().setText("hello").build());
        Conversation conversation = Conversation.newBuilder()
                .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hello"))
                .build();
        TokenizeResponse chat = house.blocking()
                .tokenize(TokenizeRequest.newBuilder()
                        .setConversation(conversation)
                        .build());

        assertThat(house.blocking()
                        .generate(request(1, 1, 1).setText("hello").build())
                        .getPromptTokenIdsList())
                .isEqualTo(text.getTokenIdsList());
        assertThat(chat.getText()).contains("user\nhello").endsWith("assistant\n");
        assertThat(house.blocking()
                        .generate(request(1, 1, 1).setConversation(conversation).build())
                        .getPromptTokenIdsList())
                .isEqualTo(chat.getTokenIdsList());
    }

    @Test
    void theTextOfIdsIsTheTextTheyCameFrom() {
        TokenizeResponse tokens = house.blocking()
                .tokenize(TokenizeRequest.newBuilder().setText("hello there").build());

        assertThat(house.blocking()
                        .detokenize(DetokenizeRequest.newBuilder()
                                .addAllTokenIds(tokens.getTokenIdsList())
                                .build())
                        .getText())
                .isEqualTo("hello there");
        StatusRuntimeException error = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> house.blocking()
                        .detokenize(DetokenizeRequest.newBuilder()
                                .addTokenIds(1)
                                .addTokenIds(424)
                                .build()));
        assertThat(Errors.fields(error)).containsExactly("token_ids[1]");
    }

    @Test
    void theLoadIsToldWhileAnswersAreGenerated() {
        ListenableFuture<GenerateResponse> answer =
                house.future().generate(request(1, 3, 100).setText("hello").build());

        RunningHouse.eventually(() -> load().getRunning() == 3 || answer.isDone());
        assertThat(load().getSlots()).isGreaterThanOrEqualTo(4);
        answer.cancel(true);
        RunningHouse.eventually(() -> load().getRunning() == 0);
    }

    private static GetLoadResponse load() {
        return house.blocking().getLoad(GetLoadRequest.getDefaultInstance());
    }

    @Test
    void theServiceTellsWhatItServes() {
        GetModelInfoResponse info = house.blocking().getModelInfo(GetModelInfoRequest.getDefaultInstance());

        assertThat(info.getModel()).isEqualTo(served.toString());
        assertThat(info.getFamily()).isEqualTo("qwen2");
        assertThat(info.getVocabularySize()).isEqualTo(424);
        assertThat(info.getContextLength()).isEqualTo(128);
        assertThat(info.getSlots()).isEqualTo(4);
        assertThat(info.getParameters()).isPositive();
        assertThat(info.getTokenizerDigest()).matches("[0-9a-f]{64}");
    }

    @ParameterizedTest
    @CsvSource({
        "temperature, INVALID_SAMPLING, sampling.temperature",
        "samples, INVALID_SAMPLING, sampling.num_samples",
        "repetition, INVALID_SAMPLING, sampling.repetition_penalty",
        "bias, INVALID_SAMPLING, sampling.logit_bias[5]",
        "min tokens, INVALID_STOPPING, stopping.min_tokens",
        "top logprobs, INVALID_REPORT, top_logprobs",
        "too long, CONTEXT_TOO_LONG, prompt",
        "no prompt, INVALID_PROMPT, prompt",
        "no version, INVALID_MODEL, required_model",
    })
    void theCallersFaultIsToldWithItsField(String what, String reason, String field) {
        GenerateRequest.Builder request = request(1, 1, 4).setText("hello");
        switch (what) {
            case "temperature" -> request.getSamplingBuilder().setTemperature(-1);
            case "samples" -> request.getSamplingBuilder().setNumSamples(0);
            case "repetition" -> request.getSamplingBuilder().setRepetitionPenalty(-1);
            case "bias" -> request.getSamplingBuilder().putLogitBias(5, 101);
            case "min tokens" -> request.getStoppingBuilder().setMinTokens(5);
            case "top logprobs" -> request.setTopLogprobs(21);
            case "too long" -> request.setText("word ".repeat(200));
            case "no prompt" -> request.clearPrompt();
            case "no version" -> request.setRequiredModel("policy");
            default -> throw new IllegalArgumentException(what);
        }

        StatusRuntimeException error = refused(request.build());

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(Errors.reason(error)).isEqualTo(reason);
        assertThat(Errors.fields(error)).contains(field);
    }

    @Test
    void idsOutsideOfTheVocabularyAreRefused() {
        StatusRuntimeException error = refused(request(1, 1, 4)
                .setTokenIds(TokenIds.newBuilder().addIds(100_000))
                .build());

        assertThat(Errors.reason(error)).isEqualTo("INVALID_PROMPT");
        assertThat(error.getStatus().getDescription()).contains("ids must be in [0, 424), got 100000");
    }

    @Test
    void aVersionThatIsNotServedIsRefusedWithThoseThatAre() {
        StatusRuntimeException error = refused(
                request(1, 1, 4).setText("hello").setRequiredModel("policy@999").build());

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(Errors.reason(error)).isEqualTo("MODEL_VERSION_MISMATCH");
        assertThat(error.getStatus().getDescription()).contains(served.toString());
    }

    @Test
    void aFullQueueRefusesWithARetryHintAndAnswersTheRest() throws Exception {
        List<ListenableFuture<GenerateResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            answers.add(
                    house.future().generate(request(i, 4, 100).setText("hello").build()));
        }

        int answered = 0;
        List<Throwable> refused = new ArrayList<>();
        for (ListenableFuture<GenerateResponse> answer : answers) {
            try {
                assertThat(answer.get().getSamplesCount()).isEqualTo(4);
                answered++;
            } catch (ExecutionException e) {
                refused.add(e.getCause());
            }
        }

        // Eight may wait, and one is being answered.
        assertThat(answered).isGreaterThanOrEqualTo(8);
        assertThat(refused).isNotEmpty().allSatisfy(error -> {
            assertThat(Errors.reason(error)).isEqualTo("QUEUE_FULL");
            assertThat(Errors.detail(error, RetryInfo.class)).isPresent();
        });
    }

    @Test
    void aCallerThatGoesAwayFreesItsSlots() {
        ListenableFuture<GenerateResponse> answer =
                house.future().generate(request(1, 4, 100).setText("hello").build());
        RunningHouse.eventually(() -> metric("plumbline_policy_running") == 4 || answer.isDone());

        answer.cancel(true);

        RunningHouse.eventually(() -> metric("plumbline_policy_running") == 0);
        assertThat(releasedWithinAStep()).isEqualTo(metric("plumbline_policy_release_steps_count"));
        assertThat(house.blocking()
                        .generate(request(2, 4, 2).setText("hello").build())
                        .getSamplesCount())
                .isEqualTo(4);
    }

    @Test
    void aCallWhoseTimeIsOverFreesItsSlotsAndCountsAsSuch() {
        String finished = "plumbline_requests_finished_total{reason=\"DEADLINE\"}";
        double before = metric(finished);

        double released = metric("plumbline_policy_release_steps_count");

        // A call whose time is over before it arrives is none, and one that has not begun has no slots.
        RunningHouse.eventually(() -> {
            StatusRuntimeException error = catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> house.blocking()
                            .withDeadlineAfter(200, TimeUnit.MILLISECONDS)
                            .generate(request(1, 64, 100).setText("hello").build()));
            assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            return metric(finished) > before && metric("plumbline_policy_release_steps_count") > released;
        });

        RunningHouse.eventually(
                () -> metric("plumbline_policy_running") == 0 && metric("plumbline_policy_queued") == 0);
        assertThat(releasedWithinAStep()).isEqualTo(metric("plumbline_policy_release_steps_count"));
    }

    /** Requests that nobody waited for any more and that were in one step at most until their slots were free. */
    private static double releasedWithinAStep() {
        return house.get("/q/metrics")
                .body()
                .lines()
                .filter(line ->
                        line.startsWith("plumbline_policy_release_steps_bucket{") && line.contains("le=\"1.0\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void healthAndMetricsAreThere() {
        house.blocking().generate(request(1, 1, 3).setText("hello").build());

        assertThat(house.get("/q/health/ready").statusCode()).isEqualTo(200);
        assertThat(house.get("/q/health/live").statusCode()).isEqualTo(200);
        assertThat(house.get("/q/health/ready").body()).contains(served.toString());
        assertThat(house.get("/q/metrics").body())
                .contains(
                        "gen_ai_server_request_duration_seconds_bucket{gen_ai_operation_name=\"generate\"",
                        "gen_ai_server_time_to_first_token_seconds_count",
                        "gen_ai_server_time_per_output_token_seconds_count",
                        "plumbline_policy_queued",
                        "plumbline_policy_kv_utilisation",
                        "plumbline_policy_kv_reserved_bytes",
                        "plumbline_policy_tokens_total{kind=\"prompt\"}",
                        "plumbline_policy_tokens_total{kind=\"completion\"}",
                        "plumbline_requests_finished_total{reason=\"LENGTH\"}",
                        "plumbline_model_version{model=\"policy\"}",
                        "plumbline_model_swap_seconds_count{phase=\"load\"}");
        assertThat(metric("plumbline_policy_kv_allocated_bytes"))
                .isPositive()
                .isLessThanOrEqualTo(metric("plumbline_policy_kv_budget_bytes"));
    }

    private static double metric(String name) {
        return house.metric(name);
    }

    private static StatusRuntimeException refused(GenerateRequest request) {
        return catchThrowableOfType(
                StatusRuntimeException.class, () -> house.blocking().generate(request));
    }

    private static GenerateRequest.Builder request(long seed, int samples, int tokens) {
        return GenerateRequest.newBuilder()
                .setSampling(Sampling.newBuilder().setSeed(seed).setNumSamples(samples))
                .setStopping(Stopping.newBuilder().setMaxTokens(tokens).setIgnoreEos(true));
    }
}
