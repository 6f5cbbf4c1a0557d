package dev.plumbline.policy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GivenLogProbs;
import dev.plumbline.lm.generate.LogProbReport;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.TestShelf;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.NotNow;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The test is the thread that polls. */
class EngineRoomTest {
    private static final ModelVersion POLICY = new ModelVersion("policy", 1);
    private static final int SLOTS = 2;

    private final ModelShelf shelf = TestShelf.serving(POLICY, Checkpoints.qwen2(), TestShelf.loader(SLOTS));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final EngineRoom room = TestRoom.of(
            shelf, new EngineRoom.Limits(2, 400, Duration.ofMillis(250), 0.5), InstantSource.system(), registry);

    @AfterEach
    void close() {
        room.finish();
    }

    @Test
    void answersComeTokenByTokenAndEndWithTheWhole() {
        Collected answer = submit(3, 1, 10);

        pollUntilIdle();

        assertThat(answer.finished).isTrue();
        assertThat(answer.samples).singleElement().satisfies(sample -> {
            assertThat(sample.ids()).hasSize(10).containsExactly(answer.tokens(0));
            assertThat(sample.text()).isEqualTo(answer.text(0));
        });
    }

    @Test
    void aFullQueueRefusesWithAHint() {
        submit(1, 1, 100);
        submit(2, 1, 100);

        assertThatThrownBy(() -> submit(3, 1, 100)).isInstanceOfSatisfying(NotNow.class, error -> {
            assertThat(error.reason()).isEqualTo("QUEUE_FULL");
            assertThat(error.retryAfter()).hasValue(Duration.ofMillis(250));
            assertThat(error.message()).contains("2 requests are waiting", "plumbline.policy.queue.requests");
        });
    }

    @Test
    void whereOneSourceHasFilledTheQueueTheOtherFindsItsShareOfPlaces() {
        submit(1, 1, 100);
        submit(2, 1, 100);
        AnswerPlan prompt = plan(3, 1, 100, Turn.ofLog(Optional.empty()));

        Collected first = Collected.submit(room, shelf.leaseServed().orElseThrow(), prompt);

        assertThatThrownBy(() -> Collected.submit(room, shelf.leaseServed().orElseThrow(), prompt))
                .isInstanceOf(NotNow.class);
        assertThatThrownBy(() -> submit(4, 1, 100)).isInstanceOf(NotNow.class);
        pollUntilIdle();
        assertThat(first.finished).isTrue();
    }

    @Test
    void tokensBoundTheQueueAsWell() {
        submit(1, 3, 100);

        assertThatThrownBy(() -> submit(2, 1, 100))
                .isInstanceOfSatisfying(
                        NotNow.class,
                        error -> assertThat(error.message()).contains("plumbline.policy.queue.tokens allows 400"));
    }

    @Test
    void aRequestLargerThanTheBoundWaitsAlone() {
        Collected answer = submit(1, 6, 100);

        pollUntilIdle();

        assertThat(answer.samples).hasSize(6);
    }

    @Test
    void aCancelledAnswerFreesItsSlotsWithinOneStep() {
        Collected first = submit(1, SLOTS, 100);
        room.poll();
        assertThat(room.load().running()).isEqualTo(SLOTS);

        room.cancel(first.job);
        room.poll();

        assertThat(room.load().running()).isZero();
        assertThat(first.finished).isFalse();
        assertThat(released().count()).isOne();
        assertThat(released().max()).isZero();
        Collected second = submit(2, SLOTS, 100);
        room.poll();
        assertThat(second.tokens(0)).isNotEmpty();
    }

    @Test
    void anAnswerThatIsCancelledDuringAStepIsInThatStepAndNoOther() {
        Collected answer = submit(1, SLOTS, 100);
        room.poll();

        answer.meanwhile = () -> {
            answer.meanwhile = () -> {};
            room.cancel(answer.job);
        };
        room.poll();
        assertThat(room.load().running()).isEqualTo(SLOTS);
        room.poll();

        assertThat(room.load().running()).isZero();
        assertThat(released().count()).as("requests").isOne();
        assertThat(released().totalAmount()).as("steps").isOne();
    }

    private DistributionSummary released() {
        return TestRoom.releases(registry, FinishReason.CANCELLED);
    }

    @Test
    void aCancelledRequestLeavesTheQueueAtOnce() {
        Collected first = submit(1, 1, 100);
        submit(2, 1, 100);

        room.cancel(first.job);
        submit(3, 1, 100);
        pollUntilIdle();

        assertThat(first.begun).isFalse();
    }

    @Test
    void aRequestOfManyAnswersTakesTheSlotsThatAreFreeAndHoldsUpThoseBehindIt() {
        submit(1, 1, 50);
        room.poll();
        Collected wide = submit(2, SLOTS, 10);
        Collected narrow = submit(3, 1, 10);

        room.poll();

        assertThat(wide.begun).isTrue();
        assertThat(narrow.begun).isFalse();
        assertThat(room.load().queued()).isEqualTo(2);
        assertThat(room.load().running()).isEqualTo(SLOTS);
        assertThat(room.load().utilisation()).isBetween(0.01, 1.0);
        pollUntilIdle();
        assertThat(wide.finished).isTrue();
        assertThat(narrow.finished).isTrue();
    }

    @Test
    void manyAnswersGoThroughTheSlotsThatAreLeftBesideALongOne() {
        Collected longest = submit(1, 1, 100);
        room.poll();
        Collected many = submit(2, 5, 10);
        while (!many.finished) {
            assertThat(room.poll()).isPositive();
        }

        assertThat(longest.finished).isFalse();
        pollUntilIdle();
        assertSameOneByOne(many, 2, 10);
    }

    @Test
    void moreAnswersThanSlotsAreTheSameAsThoseAskedForOneByOne() {
        Collected together = submit(7, 5, 20);
        pollUntilIdle();

        assertSameOneByOne(together, 7, 20);
    }

    /** Five answers, as they are if each is the last of a request of its own. */
    private void assertSameOneByOne(Collected together, long seed, int tokens) {
        for (int index = 0; index < 5; index++) {
            Collected alone = submit(seed, index + 1, tokens);
            pollUntilIdle();
            assertThat(together.sample(index).ids())
                    .containsExactly(alone.sample(index).ids());
        }
    }

    @Test
    void givenResponsesHaveTheLogProbabilitiesTheyWereGeneratedWith() {
        Collected answer = submit(11, 1, 30);
        pollUntilIdle();
        GeneratedSample sample = answer.sample(0);
        int[] prompt = plan(11, 1, 30, Turn.ofCall(0)).promptIds();
        int[] ids = IntStream.concat(IntStream.of(prompt), IntStream.of(sample.ids()))
                .toArray();

        float[] computed =
                logprobs(List.of(new TokenSequence(ids, prompt.length))).get(0).logProbs();

        assertThat(computed).hasSize(30);
        for (int token = 0; token < computed.length; token++) {
            assertThat(computed[token]).isCloseTo(sample.rawLogProbs()[token], within(1e-4f));
        }
    }

    @Test
    void sequencesBeyondTheSlotsComeInTheirOrder() {
        List<TokenSequence> sequences = sequences(60);

        List<GivenLogProbs> together = logprobs(sequences);

        assertThat(together).hasSize(60);
        for (int i : new int[] {0, 31, 59}) {
            GivenLogProbs alone = logprobs(List.of(sequences.get(i))).get(0);
            assertThat(together.get(i).logProbs()).containsExactly(alone.logProbs(), within(2e-5f));
            assertThat(together.get(i).entropies()).containsExactly(alone.entropies(), within(2e-5f));
        }
    }

    @Test
    void aRunningAnswerHasATokenOfEveryStepWhileResponsesAreRead() {
        Collected answer = submit(1, 1, 100);
        room.poll();
        List<GivenLogProbs> numbers = new ArrayList<>();
        submitLogprobs(sequences(20), numbers);
        int before = answer.tokens(0).length;
        int polls = 0;

        while (numbers.isEmpty()) {
            room.poll();
            polls++;
            assertThat(answer.tokens(0)).hasSize(before + polls);
        }

        assertThat(polls).as("one slot is left, for a sequence at a time").isGreaterThanOrEqualTo(20);
    }

    @Test
    void whoComesAfterManyResponsesDoesNotWaitForAllOfThem() {
        List<GivenLogProbs> numbers = new ArrayList<>();
        submitLogprobs(sequences(3), numbers);
        room.poll();

        Collected answer = submit(1, 1, 1);
        room.poll();

        assertThat(answer.finished).isTrue();
        assertThat(numbers).as("one of two slots is left to others").isEmpty();
        pollUntilIdle();
        assertThat(numbers).hasSize(3);
    }

    @Test
    void responsesThatNobodyWaitsForAreReadNoFurther() {
        List<GivenLogProbs> numbers = new ArrayList<>();
        submit(1, 1, 100);
        room.poll();
        LogprobsJob job = submitLogprobs(sequences(60), numbers);
        room.poll();
        assertThat(room.load().queued()).isOne();

        room.cancel(job);
        room.poll();

        assertThat(room.load().queued()).isZero();
        assertThat(room.load().running()).as("the answer").isOne();
        pollUntilIdle();
        assertThat(numbers).isEmpty();
    }

    private static List<TokenSequence> sequences(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new TokenSequence(
                        IntStream.range(0, 100).map(t -> (7 * i + t) % 400).toArray(), 1))
                .toList();
    }

    @Test
    void aStoppedServerGivesWhatItHasAndRefusesWhatHasNotBegun() {
        Collected running = submit(1, SLOTS, 100);
        room.poll();
        room.poll();
        Collected waiting = submit(2, 1, 100);

        room.abort();
        pollUntilIdle();

        assertThat(running.finished).isTrue();
        assertThat(running.samples)
                .hasSize(SLOTS)
                .allSatisfy(sample -> assertThat(sample.finishReason()).isEqualTo(FinishReason.ABORTED));
        assertThat(waiting.failure)
                .hasValueSatisfying(error -> assertThat(error).isInstanceOf(NotNow.class));
    }

    @Test
    void aVersionThatWasLetGoAnswersItsRequestsAndIsThenClosed() {
        Collected answer = submit(1, 1, 20);
        room.poll();
        TestShelf.retire(shelf, POLICY);
        room.poll();
        assertThat(shelf.inMemory()).isOne();

        pollUntilIdle();

        assertThat(answer.finished).isTrue();
        assertThat(shelf.inMemory()).isZero();
    }

    @Test
    void nobodyWaitsForAnEngineThatHasStopped() {
        Collected running = submit(1, 1, 100);
        room.poll();
        Collected waiting = submit(2, SLOTS, 100);

        room.finish();

        for (Collected answer : List.of(running, waiting)) {
            assertThat(answer.failure)
                    .hasValueSatisfying(error -> assertThat(error).isInstanceOf(Defect.class));
        }
    }

    private void pollUntilIdle() {
        int idle = 0;
        // An order that frees slots counts as done; what it freed is taken by the poll after it.
        while (idle < 2) {
            idle = room.poll() == 0 ? idle + 1 : 0;
        }
    }

    private List<GivenLogProbs> logprobs(List<TokenSequence> sequences) {
        List<GivenLogProbs> numbers = new ArrayList<>();
        submitLogprobs(sequences, numbers);
        pollUntilIdle();
        return numbers;
    }

    /** @param numbers where they go when there are all */
    private LogprobsJob submitLogprobs(List<TokenSequence> sequences, List<GivenLogProbs> numbers) {
        LogprobsJob.Sink sink = new LogprobsJob.Sink() {
            @Override
            public void finished(List<GivenLogProbs> all) {
                numbers.addAll(all);
            }

            @Override
            public void failed(Throwable error) {
                throw new AssertionError(error);
            }
        };
        LogprobsJob job = new LogprobsJob(shelf.leaseServed().orElseThrow(), sequences, 1, Turn.ofCall(0), sink);
        room.submit(job);
        return job;
    }

    private Collected submit(long seed, int samples, int tokens) {
        return Collected.submit(room, shelf.leaseServed().orElseThrow(), plan(seed, samples, tokens, Turn.ofCall(0)));
    }

    static AnswerPlan plan(long seed, int samples, int tokens, Turn turn) {
        return plan(new int[] {10, 20, 30}, seed, samples, tokens, turn);
    }

    static AnswerPlan plan(int[] prompt, long seed, int samples, int tokens, Turn turn) {
        return new AnswerPlan(
                prompt,
                Sampling.newBuilder()
                        .setTemperature(1)
                        .setTopP(1)
                        .setRepetitionPenalty(1)
                        .setSeed(seed)
                        .setNumSamples(samples)
                        .build(),
                Stopping.newBuilder().setMaxTokens(tokens).setIgnoreEos(true).build(),
                LogProbReport.NONE,
                false,
                turn);
    }
}
