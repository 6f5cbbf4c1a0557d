package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.TopLogprobs;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.SampleDelta;
import io.grpc.Context;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A service whose engine is on another one's server: what it answers is what the other answers itself. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@TestProfile(RemoteHouseTest.CallsOnly.class)
@Timeout(180)
class RemoteHouseTest {
    /** The service under test leaves prompts from the log to the other, which may tell it to change its weights. */
    public static final class CallsOnly implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("plumbline.policy.log.enabled", "false", "plumbline.policy.reload-api", "true");
        }
    }

    private static final String CANCELLED = "plumbline_requests_finished_total{reason=\"CANCELLED\"}";

    private static RunningHouse house;
    private static NearService near;

    @BeforeAll
    static void open() throws Exception {
        house = new RunningHouse();
        house.serve(Checkpoints.qwen2());
        near = new NearService(house.uri(""), "listed");
        RunningHouse.eventually(() -> near.serves(house.served()));
    }

    @AfterAll
    static void close() {
        near.close();
        house.close();
    }

    static Stream<GenerateRequest> requests() {
        GenerateRequest.Builder plain = request(17, 3, 40);
        GenerateRequest.Builder greedy = request(18, 2, 30);
        greedy.getSamplingBuilder().setTemperature(0);
        GenerateRequest.Builder penalised = request(19, 1, 30);
        penalised
                .getSamplingBuilder()
                .setTemperature(0)
                .setRepetitionPenalty(1.5f)
                .setPresencePenalty(0.5f);
        GenerateRequest.Builder warm = request(-20, 3, 40);
        warm.getSamplingBuilder().setTemperature(0.7f);
        GenerateRequest.Builder cut = request(Long.MIN_VALUE, 2, 40);
        cut.getSamplingBuilder()
                .setTemperature(1.3f)
                .setTopK(50)
                .setTopP(0.9f)
                .setMinP(0.01f)
                .setFrequencyPenalty(0.3f)
                .putLogitBias(40, 2.5f)
                .putLogitBias(41, -3);
        GenerateRequest.Builder allowed = request(22, 2, 10);
        allowed.getSamplingBuilder().addAllAllowedTokenIds(List.of(30, 31, 32, 33));
        GenerateRequest.Builder stopped = request(23, 4, 60);
        stopped.getStoppingBuilder()
                .setIgnoreEos(false)
                .setMinTokens(3)
                .addStopStrings("e")
                .addStopTokenIds(50);
        return Stream.of(plain, greedy, penalised, warm, cut, allowed, stopped)
                .flatMap(request -> Stream.of(
                        request.build(),
                        request.setTopLogprobs(3).setPromptLogprobs(true).build()));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void answersAreThoseOfTheFarEngineWithTheSameSeed(GenerateRequest request) {
        GenerateResponse expected = house.blocking().generate(request);

        GenerateResponse response = near.blocking().generate(request);

        assertThat(response.getModel()).isEqualTo(expected.getModel());
        assertThat(response.getUsage()).isEqualTo(expected.getUsage());
        assertThat(response.getSamplesCount()).isEqualTo(expected.getSamplesCount());
        for (int i = 0; i < expected.getSamplesCount(); i++) {
            requireSame(response.getSamples(i), expected.getSamples(i));
        }
        requireClose(
                response.getPromptLogprobs().getRawLogprobsList(),
                expected.getPromptLogprobs().getRawLogprobsList());
        requireSameTop(
                response.getPromptLogprobs().getTopLogprobsList(),
                expected.getPromptLogprobs().getTopLogprobsList());
    }

    private static void requireSame(Sample sample, Sample expected) {
        assertThat(sample.getTokenIdsList()).isEqualTo(expected.getTokenIdsList());
        assertThat(sample.getText()).isEqualTo(expected.getText());
        assertThat(sample.getFinishReason()).isEqualTo(expected.getFinishReason());
        assertThat(sample.getModelVersionsList()).isEqualTo(expected.getModelVersionsList());
        assertThat(sample.getSeed()).isEqualTo(expected.getSeed());
        requireClose(sample.getLogprobsList(), expected.getLogprobsList());
        requireClose(sample.getRawLogprobsList(), expected.getRawLogprobsList());
        requireSameTop(sample.getTopLogprobsList(), expected.getTopLogprobsList());
    }

    private static void requireClose(List<Float> logProbs, List<Float> expected) {
        assertThat(logProbs).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(logProbs.get(i)).isCloseTo(expected.get(i), within(1e-4f));
        }
    }

    private static void requireSameTop(List<TopLogprobs> top, List<TopLogprobs> expected) {
        assertThat(top).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            requireClose(top.get(i).getRawLogprobsList(), expected.get(i).getRawLogprobsList());
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void theStreamIsADeltaViewOfTheWhole(GenerateRequest request) {
        GenerateResponse whole = near.blocking().generate(request);
        Map<Integer, Sample.Builder> streamed = new TreeMap<>();

        Iterator<GenerateStreamResponse> events = near.blocking().generateStream(stream(request));
        while (events.hasNext()) {
            GenerateStreamResponse event = events.next();
            if (event.hasDelta()) {
                SampleDelta delta = event.getDelta();
                Sample.Builder sample = streamed.computeIfAbsent(delta.getIndex(), index -> Sample.newBuilder());
                sample.setText(sample.getText() + delta.getText())
                        .addAllTokenIds(delta.getTokenIdsList())
                        .addAllLogprobs(delta.getLogprobsList())
                        .addAllRawLogprobs(delta.getRawLogprobsList());
            } else if (event.hasEnd()) {
                Sample.Builder sample =
                        streamed.computeIfAbsent(event.getEnd().getIndex(), index -> Sample.newBuilder());
                sample.setText(sample.getText() + event.getEnd().getText())
                        .setFinishReason(event.getEnd().getFinishReason());
            }
        }

        assertThat(streamed).hasSize(whole.getSamplesCount());
        streamed.forEach((index, sample) -> {
            Sample expected = whole.getSamples(index);
            assertThat(sample.getText()).isEqualTo(expected.getText());
            assertThat(sample.getTokenIdsList()).isEqualTo(expected.getTokenIdsList());
            assertThat(sample.getFinishReason()).isEqualTo(expected.getFinishReason());
            requireClose(sample.getLogprobsList(), expected.getLogprobsList());
            requireClose(sample.getRawLogprobsList(), expected.getRawLogprobsList());
        });
    }

    @Test
    void aCallerThatGoesAwayFreesTheSlotOnTheFarServer() {
        GenerateStreamRequest request = stream(request(24, 4, 100).build());
        double before = house.metric(CANCELLED);

        // An answer may end before its caller is gone; not every time.
        RunningHouse.eventually(() -> {
            try (Context.CancellableContext call = Context.current().withCancellation()) {
                call.run(() -> near.blocking().generateStream(request).next());
            }
            return house.metric(CANCELLED) > before;
        });

        RunningHouse.eventually(() -> house.metric("plumbline_policy_running") == 0);
    }

    @Test
    void promptsFromTheLogAreAnsweredByTheFarEngine() {
        house.submit(Prompt.newBuilder()
                .setId("remote/1")
                .setText("once upon a time")
                .setSampling(Sampling.newBuilder().setNumSamples(6).setTemperature(0.8f))
                .setStopping(Stopping.newBuilder().setMaxTokens(20).setIgnoreEos(true))
                .build());

        Rollout rollout = house.rollout(each -> each.getPrompt().getId().equals("remote/1"));

        assertThat(rollout.getSamplesList()).hasSize(6);
        GenerateResponse expected = house.blocking()
                .generate(GenerateRequest.newBuilder()
                        .setText("once upon a time")
                        .setSampling(rollout.getSampling().toBuilder().setNumSamples(4))
                        .setStopping(rollout.getStopping())
                        .setRequiredModel(
                                rollout.getSamples(0).getModelVersions(0).getModel())
                        .build());
        for (int i = 0; i < 4; i++) {
            requireSame(rollout.getSamples(i), expected.getSamples(i));
        }
        assertThat(rollout.getSamplesList())
                .extracting(Sample::getTokenIdsList)
                .as("what was asked for in parts differs too")
                .doesNotHaveDuplicates();
    }

    @Test
    void aNewVersionIsAnsweredByAsSoonAsTheFarServerHasIt() {
        GenerateRequest request = request(25, 1, 20).build();
        String before = near.blocking().generate(request).getModel();

        ModelVersion after = house.serve(Checkpoints.llama());
        RunningHouse.eventually(() -> near.serves(house.served()));

        GenerateResponse response = near.blocking().generate(request);
        assertThat(response.getModel()).isEqualTo(after.toString()).isNotEqualTo(before);
        requireSame(response.getSamples(0), house.blocking().generate(request).getSamples(0));
    }

    private static GenerateStreamRequest stream(GenerateRequest request) {
        return GenerateStreamRequest.newBuilder().setRequest(request).build();
    }

    private static GenerateRequest.Builder request(long seed, int samples, int tokens) {
        return GenerateRequest.newBuilder()
                .setText("the answer is always somewhere else")
                .setSampling(Sampling.newBuilder().setSeed(seed).setNumSamples(samples))
                .setStopping(Stopping.newBuilder().setMaxTokens(tokens).setIgnoreEos(true));
    }
}
