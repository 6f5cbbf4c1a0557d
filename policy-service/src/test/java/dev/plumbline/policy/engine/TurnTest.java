package dev.plumbline.policy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.TestShelf;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.serving.error.CallerFault;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whose request begins next, and until when. */
class TurnTest {
    private static final int SLOTS = 2;

    private final ModelShelf shelf =
            TestShelf.serving(new ModelVersion("policy", 1), Checkpoints.qwen2(), TestShelf.loader(SLOTS));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<String> begun = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private EngineRoom room = room(0.5);

    @AfterEach
    void close() {
        room.finish();
    }

    @Test
    void theLowestPriorityBeginsFirstAndEqualsInTheirOrder() {
        submit(Turn.ofCall(5), SLOTS, "late");
        submit(Turn.ofCall(0), SLOTS, "first");
        submit(Turn.ofCall(0), SLOTS, "second");
        submit(Turn.ofCall(-3), SLOTS, "urgent");

        pollUntilEmpty();

        assertThat(begun).containsExactly("urgent", "first", "second", "late");
    }

    @Test
    void aSourceThatHasLessOfItsShareBeginsNext() {
        // Each of the requests takes one of the two slots.
        for (int i = 0; i < 3; i++) {
            submit(Turn.ofCall(0), 1, "call " + i);
        }
        for (int i = 0; i < 3; i++) {
            submit(Turn.ofLog(Optional.empty()), 1, "log " + i);
        }

        pollUntilEmpty();

        assertThat(begun).containsExactly("call 0", "log 0", "call 1", "log 1", "call 2", "log 2");
    }

    @Test
    void aShareOfZeroLetsTheLogWaitForAllCalls() {
        room = room(0);
        submit(Turn.ofCall(0), 1, "call 0");
        submit(Turn.ofLog(Optional.empty()), 1, "log 0");
        submit(Turn.ofLog(Optional.empty()), 1, "log 1");
        submit(Turn.ofCall(0), 1, "call 1");
        submit(Turn.ofCall(0), 1, "call 2");

        pollUntilEmpty();

        assertThat(begun).containsExactly("call 0", "call 1", "call 2", "log 0", "log 1");
    }

    @Test
    void ofManySlotsEachSourceHasItsShareForAsLongAsBothWait() {
        room.finish();
        int slots = 16;
        ModelShelf wide =
                TestShelf.serving(new ModelVersion("policy", 1), Checkpoints.qwen2(), TestShelf.loader(slots));
        room = TestRoom.of(wide, new EngineRoom.Limits(200, 100_000, Duration.ofMillis(250), 0.25), () -> now);
        List<Collected> calls = new ArrayList<>();
        List<Collected> prompts = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            // Of different lengths, so that slots are free now of one source and now of the other.
            AnswerPlan call = EngineRoomTest.plan(i, 1, 3 + 7 * i % 13, Turn.ofCall(0));
            AnswerPlan prompt = EngineRoomTest.plan(i, 1, 3 + 5 * i % 11, Turn.ofLog(Optional.empty()));
            calls.add(Collected.submit(room, wide.leaseServed().orElseThrow(), call));
            prompts.add(Collected.submit(room, wide.leaseServed().orElseThrow(), prompt));
        }

        int steps = 0;
        while (calls.stream().anyMatch(call -> !call.begun)) {
            long endedCalls = calls.stream().filter(call -> call.finished).count();
            long endedPrompts =
                    prompts.stream().filter(prompt -> prompt.finished).count();
            room.poll();
            boolean bothWait = calls.stream().anyMatch(call -> !call.begun)
                    && prompts.stream().anyMatch(prompt -> !prompt.begun);
            if (bothWait) {
                assertThat(calls.stream().filter(call -> call.begun).count() - endedCalls)
                        .isEqualTo(12);
                assertThat(prompts.stream().filter(prompt -> prompt.begun).count() - endedPrompts)
                        .isEqualTo(4);
                steps++;
            }
        }

        assertThat(steps).as("steps that were looked at").isGreaterThan(20);
        pollUntilEmpty();
        assertThat(prompts).allSatisfy(prompt -> assertThat(prompt.finished).isTrue());
    }

    @Test
    void whoWaitsAloneMayHaveAllSlots() {
        room = room(0);
        submit(Turn.ofLog(Optional.empty()), 1, "log 0");
        submit(Turn.ofLog(Optional.empty()), 1, "log 1");

        room.poll();

        assertThat(begun).containsExactly("log 0", "log 1");
        pollUntilEmpty();
    }

    @Test
    void aRequestWhoseDeadlinePassedBeforeItBeganIsRefused() {
        Collected running = submit(Turn.ofCall(0), SLOTS, 20);
        room.poll();
        Collected waiting = submit(Turn.ofLog(Optional.of(now.plusSeconds(5))), 1, 10);
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
        pollUntilEmpty();
        assertThat(running.finished).isTrue();
    }

    @Test
    void aRequestWhoseDeadlinePassesGivesWhatItHasWithinOneStep() {
        Collected answer = submit(Turn.ofLog(Optional.of(now.plusSeconds(5))), SLOTS + 1, 100);
        room.poll();
        room.poll();

        now = now.plusSeconds(6);
        room.poll();

        assertThat(room.load().running()).isZero();
        assertThat(answer.finished).isTrue();
        assertThat(answer.samples).as("those that had begun").hasSize(SLOTS).allSatisfy(sample -> {
            assertThat(sample.finishReason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(sample.ids()).hasSize(2);
        });
        DistributionSummary released = TestRoom.releases(registry, FinishReason.DEADLINE);
        assertThat(released.count()).as("requests").isOne();
        assertThat(released.totalAmount()).as("steps since it was not late").isOne();
    }

    private EngineRoom room(double logShare) {
        return TestRoom.of(
                shelf, new EngineRoom.Limits(10, 10_000, Duration.ofMillis(250), logShare), () -> now, registry);
    }

    /** A request of a few tokens that says when it begins. */
    private void submit(Turn turn, int samples, String name) {
        AnswerJob job = new AnswerJob(
                shelf.leaseServed().orElseThrow(), EngineRoomTest.plan(1, samples, 3, turn), new AnswerSink() {
                    @Override
                    public void begun() {
                        begun.add(name);
                    }

                    @Override
                    public void onToken(int sample, GeneratedToken token, String textDelta) {}

                    @Override
                    public void onSample(GeneratedSample sample, List<ModelVersionSpan> versions) {}

                    @Override
                    public void finished(ModelVersion version) {}

                    @Override
                    public void failed(Throwable error) {
                        throw new AssertionError(error);
                    }
                });
        room.submit(job);
    }

    private Collected submit(Turn turn, int samples, int tokens) {
        AnswerPlan plan = EngineRoomTest.plan(1, samples, tokens, turn);
        return Collected.submit(room, shelf.leaseServed().orElseThrow(), plan);
    }

    private void pollUntilEmpty() {
        while (room.poll() > 0 || room.load().queued() > 0) {}
    }
}
