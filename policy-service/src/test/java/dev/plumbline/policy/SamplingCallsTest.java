package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.ComputeLogprobsResponse;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.PromptAndResponse;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a call may ask of its answers and their log-probabilities, over sockets. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(180)
class SamplingCallsTest {
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

    @Test
    void thePromptsLogProbabilitiesAreThoseThatTeacherForcingGives() {
        GenerateResponse answer = house.blocking()
                .generate(request(3, 2, 5)
                        .setText("the answer is always somewhere else")
                        .setPromptLogprobs(true)
                        .build());
        List<Integer> prompt = answer.getPromptTokenIdsList();
        ComputeLogprobsResponse computed = house.blocking()
                .computeLogprobs(ComputeLogprobsRequest.newBuilder()
                        .addSequences(PromptAndResponse.newBuilder()
                                .addPromptTokenIds(prompt.get(0))
                                .addAllResponseTokenIds(prompt.subList(1, prompt.size())))
                        .build());

        List<Float> expected = computed.getSequences(0).getLogprobsList();
        List<Float> told = answer.getPromptLogprobs().getRawLogprobsList();
        assertThat(told).hasSameSizeAs(prompt);
        assertThat(told.get(0)).isZero();
        for (int token = 0; token < expected.size(); token++) {
            assertThat(told.get(token + 1)).isCloseTo(expected.get(token), within(1e-4f));
        }
        assertThat(answer.getPromptLogprobs().getTopLogprobsList())
                .hasSameSizeAs(prompt)
                .allSatisfy(top -> assertThat(top.getTokenIdsCount()).isZero());
    }

    @Test
    void theLikeliestTokensComeFirstAndOnlyIfAskedFor() {
        GenerateRequest request =
                request(9, 2, 15).setText("hello").setTopLogprobs(4).build();

        GenerateResponse told = house.blocking().generate(request);
        GenerateResponse quiet =
                house.blocking().generate(request.toBuilder().clearTopLogprobs().build());

        assertThat(told.getSamplesList()).allSatisfy(sample -> {
            assertThat(sample.getTopLogprobsCount()).isEqualTo(15);
            for (int token = 0; token < 15; token++) {
                List<Float> top = sample.getTopLogprobs(token).getRawLogprobsList();
                assertThat(top).hasSize(4).isSortedAccordingTo(Comparator.reverseOrder());
                assertThat(top.get(0)).isGreaterThanOrEqualTo(sample.getRawLogprobs(token) - 1e-5f);
                int place = sample.getTopLogprobs(token).getTokenIdsList().indexOf(sample.getTokenIds(token));
                if (place >= 0) {
                    assertThat(top.get(place)).isCloseTo(sample.getRawLogprobs(token), within(1e-5f));
                }
            }
        });
        assertThat(quiet.getSamplesList())
                .extracting(Sample::getTokenIdsList)
                .isEqualTo(told.getSamplesList().stream()
                        .map(Sample::getTokenIdsList)
                        .toList());
        assertThat(quiet.getSamples(0).getTopLogprobsList()).isEmpty();
        assertThat(quiet.hasPromptLogprobs()).isFalse();
    }

    @Test
    void onlyAllowedTokensAreDrawnAndPenaltiesDriveThemApart() {
        GenerateRequest.Builder request = request(4, 1, 6).setText("hello");
        request.getSamplingBuilder()
                .setTemperature(0)
                .addAllAllowedTokenIds(List.of(30, 31, 32, 33, 34, 35))
                .putLogitBias(31, 50);

        List<Integer> alike =
                house.blocking().generate(request.build()).getSamples(0).getTokenIdsList();
        request.getSamplingBuilder()
                .setRepetitionPenalty(50)
                .setPresencePenalty(2)
                .setFrequencyPenalty(2);
        List<Integer> apart =
                house.blocking().generate(request.build()).getSamples(0).getTokenIdsList();

        assertThat(alike).containsOnly(31);
        assertThat(apart).startsWith(31).isSubsetOf(30, 31, 32, 33, 34, 35);
        assertThat(Set.copyOf(apart)).hasSizeGreaterThan(1);
    }

    @Test
    void anAnswerHasAtLeastTheTokensThatWereAskedFor() {
        GenerateRequest.Builder request = request(4, 1, 20).setText("hello");
        request.getSamplingBuilder().addAllAllowedTokenIds(List.of(30, 31)).putLogitBias(31, 60);
        request.getStoppingBuilder().addStopTokenIds(31);

        assertThat(house.blocking().generate(request.build()).getSamples(0).getTokenIdsList())
                .containsExactly(31);
        request.getStoppingBuilder().setMinTokens(3);
        assertThat(house.blocking().generate(request.build()).getSamples(0).getTokenIdsList())
                .containsExactly(30, 30, 30, 31);
    }

    private static GenerateRequest.Builder request(long seed, int samples, int tokens) {
        return GenerateRequest.newBuilder()
                .setSampling(Sampling.newBuilder().setSeed(seed).setNumSamples(samples))
                .setStopping(Stopping.newBuilder().setMaxTokens(tokens).setIgnoreEos(true));
    }
}
