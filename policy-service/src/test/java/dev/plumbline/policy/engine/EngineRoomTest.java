package dev.plumbline.policy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.LogProbReport;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.TestShelf;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.time.Instant;
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

    private final ModelShelf shelf = TestShelf.serving(POLICY, Checkpoints.qwen2(), SLOTS);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final EngineRoom room = room(2, 400, 0.5);

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
        Collected second = submit(2, SLOTS, 100);
        room.poll();
        assertThat(second.tokens(0)).isNotEmpty();
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
    void aRequestThatFindsNoRoomHoldsUpThoseBehindIt() {
        submit(1, 1, 50);
        room.poll();
        Collected wide = submit(2, SLOTS, 10);
        Collected narrow = submit(3, 1, 10);

        room.poll();

        assertThat(room.load()).isEqualTo(new EngineRoom.Load(2, 1, SLOTS));
        assertThat(narrow.begun).isFalse();
        pollUntilIdle();
        assertThat(wide.finished).isTrue();
        assertThat(narrow.finished).isTrue();
    }

    @Test
    void theLowestPriorityBeginsFirstAndEqualsInTheirOrder() {
        EngineRoom wide = room(10, 10_000, 0.5);
        List<String> begun = new ArrayList<>();
        submit(wide, Turn.ofCall(5), SLOTS, "late", begun);
        submit(wide, Turn.ofCall(0), SLOTS, "first", begun);
        submit(wide, Turn.ofCall(0), SLOTS, "second", begun);
        submit(wide, Turn.ofCall(-3), SLOTS, "urgent", begun);

        pollUntilEmpty(wide);

        assertThat(begun).containsExactly("urgent", "first", "second", "late");
    }

    @Test
    void aSourceThatHasLessOfItsShareBeginsNext() {
        // Each of the requests takes one of the two slots.
        EngineRoom shared = room(10, 10_000, 0.5);
        List<String> begun = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            submit(shared, Turn.ofCall(0), 1, "call " + i, begun);
        }
        for (int i = 0; i < 3; i++) {
            submit(shared, Turn.ofLog(Optional.empty()), 1, "log " + i, begun);
        }

        pollUntilEmpty(shared);

        assertThat(begun).containsExactly("call 0", "log 0", "call 1", "log 1", "call 2", "log 2");
    }

    @Test
    void aShareOfZeroLetsTheLogWaitForAllCalls() {
        EngineRoom shared = room(10, 10_000, 0);
        List<String> begun = new ArrayList<>();
        submit(shared, Turn.ofCall(0), 1, "call 0", begun);
        submit(shared, Turn.ofLog(Optional.empty()), 1, "log 0", begun);
        submit(shared, Turn.ofLog(Optional.empty()), 1, "log 1", begun);
        submit(shared, Turn.ofCall(0), 1, "call 1", begun);
        submit(shared, Turn.ofCall(0), 1, "call 2", begun);

        pollUntilEmpty(shared);

        assertThat(begun).containsExactly("call 0", "call 1", "call 2", "log 0", "log 1");
    }

    @Test
    void whoWaitsAloneMayHaveAllSlots() {
        EngineRoom shared = room(10, 10_000, 0);
        List<String> begun = new ArrayList<>();
        submit(shared, Turn.ofLog(Optional.empty()), 1, "log 0", begun);
        submit(shared, Turn.ofLog(Optional.empty()), 1, "log 1", begun);

        shared.poll();

        assertThat(begun).containsExactly("log 0", "log 1");
        pollUntilEmpty(shared);
    }

    @Test
    void aRequestWhoseDeadlinePassedBeforeItBeganIsRefused() {
        Collected running = submit(1, Turn.ofCall(0), SLOTS, 20);
        room.poll();
        Collected waiting = submit(2, Turn.ofLog(Optional.of(now.plusSeconds(5))), 1, 10);
        room.poll();
        assertThat(waiting.failure).isEmpty();

        now = now.plusSeconds(5);
        room.poll();

        assertThat(waiting.failure)
                .hasValueSatisfying(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                CallerFault.class,
                                fault -> assertThat(fault.reason()).isEqualTo("DEADLINE_EXCEEDED")));
        assertThat(waiting.begun).isFalse();
        pollUntilIdle();
        assertThat(running.finished).isTrue();
    }

    @Test
    void aRequestWhoseDeadlinePassesGivesWhatItHasWithinOneStep() {
        Collected answer = submit(1, Turn.ofLog(Optional.of(now.plusSeconds(5))), SLOTS + 1, 100);
        room.poll();
        room.poll();

        now = now.plusSeconds(6);
        room.poll();

        assertThat(room.load().running()).isZero();
        assertThat(answer.finished).isTrue();
        assertThat(answer.samples).as("those that had begun").hasSize(SLOTS).allSatisfy(sample -> {
            assertThat(sample.finishReason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(sample.ids()).hasSize(3);
        });
    }

    private EngineRoom room(int requests, long tokens, double logShare) {
        return new EngineRoom(
                shelf, new EngineRoom.Limits(requests, tokens, Duration.ofMillis(250), logShare), () -> now);
    }

    /** A request of a few tokens that says when it begins. */
    private void submit(EngineRoom to, Turn turn, int samples, String name, List<String> begun) {
        Collected sink = new Collected() {
            @Override
            public void begun() {
                begun.add(name);
            }
        };
        sink.job = new AnswerJob(shelf.leaseServed().orElseThrow(), plan(1, samples, 3, turn), sink);
        to.submit(sink.job);
    }

    private static void pollUntilEmpty(EngineRoom polled) {
        while (polled.poll() > 0 || polled.load().queued() > 0) {}
    }

    @Test
    void moreAnswersThanSlotsAreTheSameAsThoseAskedForOneByOne() {
        Collected together = submit(7, 5, 20);
        pollUntilIdle();

        for (int index = 0; index < 5; index++) {
            Collected alone = submit(7, index + 1, 20);
            pollUntilIdle();
            assertThat(alone.sample(index).ids())
                    .containsExactly(together.sample(index).ids());
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

        List<Outputs> outputs = logprobs(List.of(new TokenSequence(ids, prompt.length)));

        float[] computed = outputs.get(0).logProbs()[0];
        for (int token = 0; token < computed.length; token++) {
            assertThat(computed[token]).isCloseTo(sample.rawLogProbs()[token], within(1e-4f));
        }
    }

    @Test
    void sequencesBeyondOneMicroBatchComeInTheirOrder() {
        List<TokenSequence> sequences = IntStream.range(0, 60)
                .mapToObj(i -> new TokenSequence(
                        IntStream.range(0, 100).map(t -> (7 * i + t) % 400).toArray(), 1))
                .toList();

        List<Outputs> together = logprobs(sequences);

        assertThat(together).hasSizeGreaterThan(1);
        float[] last = together.get(together.size() - 1)
                .logProbs()[together.get(together.size() - 1).logProbs().length - 1];
        float[] alone = logprobs(List.of(sequences.get(59))).get(0).logProbs()[0];
        assertThat(last).containsExactly(alone, within(1e-4f));
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

    private List<Outputs> logprobs(List<TokenSequence> sequences) {
        List<Outputs> outputs = new ArrayList<>();
        room.submit(new LogprobsJob(shelf.leaseServed().orElseThrow(), sequences, 1, new LogprobsJob.Sink() {
            @Override
            public void finished(List<Outputs> all) {
                outputs.addAll(all);
            }

            @Override
            public void failed(Throwable error) {
                throw new AssertionError(error);
            }
        }));
        pollUntilIdle();
        return outputs;
    }

    private Collected submit(long seed, int samples, int tokens) {
        return submit(seed, Turn.ofCall(0), samples, tokens);
    }

    private Collected submit(long seed, Turn turn, int samples, int tokens) {
        Collected sink = new Collected();
        sink.job = new AnswerJob(shelf.leaseServed().orElseThrow(), plan(seed, samples, tokens, turn), sink);
        room.submit(sink.job);
        return sink;
    }

    private static AnswerPlan plan(long seed, int samples, int tokens, Turn turn) {
        return new AnswerPlan(
                new int[] {10, 20, 30},
                Sampling.newBuilder()
                        .setTemperature(1)
                        .setTopP(1)
                        .setRepetitionPenalty(1)
                        .setSeed(seed)
                        .setNumSamples(samples)
                        .build(),
                Stopping.newBuilder().setMaxTokens(tokens).setIgnoreEos(true).build(),
                LogProbReport.NONE,
                turn);
    }

    /** Keeps what it is told. */
    @SuppressWarnings("NullAway.Init") // the job knows its sink and the sink its job
    private static class Collected implements AnswerSink {
        private final List<List<Integer>> ids = new ArrayList<>();
        private final List<StringBuilder> texts = new ArrayList<>();
        private final List<GeneratedSample> samples = new ArrayList<>();
        private AnswerJob job;
        private boolean begun;
        private boolean finished;
        private Optional<Throwable> failure = Optional.empty();

        @Override
        public void begun() {
            begun = true;
        }

        @Override
        public void onToken(int sample, GeneratedToken token, String textDelta) {
            while (ids.size() <= sample) {
                ids.add(new ArrayList<>());
                texts.add(new StringBuilder());
            }
            ids.get(sample).add(token.id());
            texts.get(sample).append(textDelta);
        }

        @Override
        public void onSample(GeneratedSample sample) {
            samples.add(sample);
        }

        @Override
        public void finished() {
            finished = true;
        }

        @Override
        public void failed(Throwable error) {
            failure = Optional.of(error);
        }

        private int[] tokens(int sample) {
            return ids.get(sample).stream().mapToInt(Integer::intValue).toArray();
        }

        private String text(int sample) {
            return texts.get(sample).toString();
        }

        private GeneratedSample sample(int index) {
            return samples.stream()
                    .filter(sample -> sample.index() == index)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
