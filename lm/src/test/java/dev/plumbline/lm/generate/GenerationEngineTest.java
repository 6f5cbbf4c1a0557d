package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.lm.torch.ComputeSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The life of requests in an engine of four slots with one of the golden models. */
final class GenerationEngineTest extends EngineAtWork {
    @Test
    void samplesOfOnePromptShareItsPrefillAndEqualThoseAskedForInParts() {
        Collector together = run(request(4, 0, PLAIN, endless(20)));
        assertThat(engine.statistics().prefills()).isEqualTo(1);
        assertThat(engine.statistics().prefilledTokens()).isEqualTo(prompt.length);
        for (int i = 0; i < 4; i++) {
            GeneratedSample part = run(request(1, i, PLAIN, endless(20))).only();
            GeneratedSample whole = together.samples().get(i);
            assertThat(part.index()).isEqualTo(i).isEqualTo(whole.index());
            assertThat(part.ids()).containsExactly(whole.ids());
        }
        assertThat(engine.statistics().prefills()).isEqualTo(5);
        assertThat(together.samples().stream().map(GeneratedSample::text).distinct())
                .as("different samples draw different numbers")
                .hasSizeGreaterThan(1);
    }

    @Test
    void aSecondEngineGivesTheSameTokens() {
        int[] first = run(request(1, 0, PLAIN, endless(30))).only().ids();
        engine.close();
        open();
        assertThat(run(request(1, 0, PLAIN, endless(30))).only().ids()).containsExactly(first);
    }

    @Test
    void aCancelledAnswerFreesItsSlotAtTheNextStep() {
        Collector cancelled = new Collector();
        Collector other = new Collector();
        Collector waiting = new Collector();
        Generation generation = engine.submit(request(3, 0, PLAIN, endless(50)), cancelled);
        engine.submit(request(1, 7, PLAIN, endless(50)), other);
        engine.submit(request(2, 0, PLAIN, endless(5)), waiting);
        engine.poll();
        engine.poll();
        assertThat(engine.freeSlots()).isZero();
        assertThat(engine.waiting()).isEqualTo(1);
        generation.cancel(FinishReason.DEADLINE);
        generation.cancel(FinishReason.CANCELLED);
        engine.poll();
        assertThat(cancelled.samples()).hasSize(3).allSatisfy(sample -> {
            assertThat(sample.finishReason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(sample.ids()).hasSize(2);
        });
        assertThat(engine.waiting()).isZero();
        assertThat(engine.running()).isEqualTo(3);
        drain();
        assertThat(other.only().ids())
                .as("the answer that moved to another slot goes on undisturbed")
                .containsExactly(run(request(1, 7, PLAIN, endless(50))).only().ids());
    }

    @Test
    void aRequestThatIsCancelledBeforeItBeganEndsWithoutTokens() {
        Collector running = new Collector();
        Collector waiting = new Collector();
        engine.submit(request(4, 0, PLAIN, endless(10)), running);
        Generation generation = engine.submit(request(2, 3, PLAIN, endless(10)), waiting);
        engine.poll();
        generation.cancel(FinishReason.CANCELLED);
        engine.poll();
        assertThat(waiting.samples()).extracting(GeneratedSample::index).containsExactly(3, 4);
        assertThat(waiting.samples()).allSatisfy(sample -> {
            assertThat(sample.ids()).isEmpty();
            assertThat(sample.finishReason()).isEqualTo(FinishReason.CANCELLED);
        });
        assertThat(engine.waiting()).isZero();
        drain();
        assertThat(engine.statistics().prefills()).isEqualTo(1);
    }

    @Test
    void onlyAnInterruptionCancels() {
        Generation generation = engine.submit(request(1, 0, PLAIN, endless(2)), new Collector());
        assertThatThrownBy(() -> generation.cancel(FinishReason.EOS)).hasMessageContaining("CANCELLED, DEADLINE");
    }

    @Test
    void aListenerThatThrowsFailsItsOwnRequestOnly() {
        Collector failing = new Collector() {
            @Override
            public void onToken(int sample, GeneratedToken token, String textDelta) {
                super.onToken(sample, token, textDelta);
                if (sample == 1 && tokens(1) == 3) {
                    throw new IllegalStateException("the caller is gone");
                }
            }
        };
        Collector other = new Collector();
        engine.submit(request(2, 0, PLAIN, endless(20)), failing);
        engine.submit(request(2, 0, PLAIN, endless(20)), other);
        drain();
        assertThat(failing.failures())
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessage("the caller is gone"));
        assertThat(failing.samples()).isEmpty();
        assertThat(other.samples()).hasSize(2);
        assertThat(other.failures()).isEmpty();
        assertThat(engine.freeSlots()).isEqualTo(SLOTS);
    }

    @Test
    void promptsAreReadInTheirOrderAndByNoMoreThanTheStepsTokens() {
        engine.close();
        int most = prompt.length + 1;
        engine = new GenerationEngine(
                model,
                tokenizer,
                new EngineSettings(
                        SLOTS,
                        CONTEXT,
                        0,
                        0,
                        most,
                        Precision.FLOAT32,
                        Precision.FLOAT32,
                        false,
                        ComputeSettings.cpu(1)));
        List<Collector> collectors = Stream.generate(Collector::new).limit(3).toList();
        for (int i = 0; i < 3; i++) {
            engine.submit(request(1, i, PLAIN, endless(10)), collectors.get(i));
        }
        engine.poll();
        assertThat(engine.running()).isEqualTo(3);
        assertThat(IntStream.range(0, 3).map(i -> collectors.get(i).tokens(i))).containsExactly(1, 0, 0);
        assertThat(engine.statistics().prefilledTokens()).isEqualTo(most);
        assertThat(engine.statistics().decodeSteps()).isZero();
        engine.poll();
        assertThat(collectors.get(0).tokens(0)).isEqualTo(2);
        assertThat(engine.statistics().prefilledTokens()).isBetween(most + 1L, 2L * most);
        drain();
        assertThat(collectors.get(2).only().ids())
                .as("the answer to a prompt that was read in parts")
                .containsExactly(run(request(1, 2, PLAIN, endless(10))).only().ids());
        assertThat(engine.statistics().prefilledTokens()).isEqualTo(4L * prompt.length);
    }

    @Test
    void promptsWaitForAnswersThatSomebodyReadsAlongAndForNoOthers() {
        assertThat(answersBegunBeside(new Collector())).isLessThan(2);
        assertThat(answersBegunBeside(new Collector(false))).isEqualTo(3);
    }

    /** How many of three answers have begun one step after they were asked for. */
    private long answersBegunBeside(Collector running) {
        engine.close();
        engine = new GenerationEngine(
                model,
                tokenizer,
                new EngineSettings(
                        SLOTS,
                        CONTEXT,
                        0,
                        0,
                        3 * CONTEXT,
                        Precision.FLOAT32,
                        Precision.FLOAT32,
                        false,
                        ComputeSettings.cpu(1)));
        engine.submit(request(1, 0, PLAIN, endless(10)), running);
        engine.poll();
        List<Collector> late = Stream.generate(Collector::new).limit(3).toList();
        for (int i = 0; i < 3; i++) {
            engine.submit(request(1, i, PLAIN, endless(10)), late.get(i));
        }
        engine.poll();
        assertThat(running.tokens(0)).isEqualTo(2);
        long begun =
                IntStream.range(0, 3).filter(i -> late.get(i).tokens(i) > 0).count();
        drain();
        return begun;
    }

    @Test
    void closingAbortsWhatIsLeftAndRefusesWhatComesLater() {
        Collector running = new Collector();
        Collector waiting = new Collector();
        engine.submit(request(4, 0, PLAIN, endless(30)), running);
        engine.submit(request(1, 0, PLAIN, endless(30)), waiting);
        engine.poll();
        engine.close();
        assertThat(running.samples()).hasSize(4).allSatisfy(sample -> {
            assertThat(sample.finishReason()).isEqualTo(FinishReason.ABORTED);
            assertThat(sample.ids()).hasSize(1);
        });
        assertThat(waiting.only().finishReason()).isEqualTo(FinishReason.ABORTED);
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.submit(request(1, 0, PLAIN, endless(1)), new Collector()));
    }

    @Test
    void anAnswerMayFillTheContextToItsLastToken() {
        int room = CONTEXT - prompt.length;
        assertThat(run(request(2, 0, PLAIN, endless(room))).samples())
                .allSatisfy(sample -> assertThat(sample.ids()).hasSize(room));
    }

    @Test
    void requestsThatCannotBeAnsweredAreRefusedWithTheFix() {
        int room = CONTEXT - prompt.length;
        assertThatThrownBy(() -> engine.submit(request(1, 0, PLAIN, endless(room + 1)), new Collector()))
                .isInstanceOf(ContextTooLongException.class)
                .hasMessageContaining("context of " + CONTEXT)
                .hasMessageContaining("set maxTokens to at most " + room);
        int[] tooLong = new int[CONTEXT];
        assertThatThrownBy(() -> engine.validate(GenerationRequest.of(tooLong, 1, PLAIN, endless(1), 0)))
                .isInstanceOf(ContextTooLongException.class)
                .hasMessageContaining("shorten the prompt to at most " + (CONTEXT - 1));
        assertThatThrownBy(() -> engine.validate(request(SLOTS + 1, 0, PLAIN, endless(1))))
                .hasMessageContaining(
                        "samples must be at most the engine's 4 slots for " + (prompt.length + 1) + " tokens, got 5")
                .hasMessageContaining("firstSample 4");
        assertThatThrownBy(() -> engine.validate(GenerationRequest.of(new int[] {1, 1 << 20}, 1, PLAIN, endless(1), 0)))
                .hasMessageContaining("promptIds")
                .hasMessageContaining("got 1048576 at index 1");
        StopConditions strangeStop = new StopConditions(3, 0, List.of(), new int[] {-1}, false);
        assertThatThrownBy(() -> engine.validate(request(1, 0, PLAIN, strangeStop)))
                .hasMessageContaining("stopTokens")
                .hasMessageContaining("got -1");
        StopConditions notAtOnce = new StopConditions(3, 2, List.of(), new int[] {5}, true);
        SamplingParameters onlyTheEnd = PLAIN.with(new TokenPreferences(Map.of(), Set.of(5)));
        assertThatThrownBy(() -> engine.validate(request(1, 0, onlyTheEnd, notAtOnce)))
                .hasMessageContaining("allowed holds nothing but tokens that end the answer")
                .hasMessageContaining("minTokens 2");
        SamplingParameters beyond = PLAIN.with(new TokenPreferences(Map.of(1 << 20, 1f), Set.of(1 << 21)));
        assertThatThrownBy(() -> engine.validate(request(1, 0, beyond, endless(1))))
                .hasMessageContaining("bias")
                .hasMessageContaining("got 1048576");
        assertThat(engine.waiting()).isZero();
    }

    @Test
    void theCacheIsAllocatedOnce() {
        long before = engine.statistics().cacheBytes();
        assertThat(before).isPositive();
        run(request(4, 0, PLAIN, endless(20)));
        assertThat(engine.statistics().cacheBytes()).isEqualTo(before);
        assertThat(engine.contextLength()).isEqualTo(CONTEXT);
    }

    @Test
    void theCostsOfAStepAreMeasuredWhileNothingRuns() {
        StepCosts costs = engine.measureStep(SLOTS, CONTEXT - 1, PLAIN, 3);
        assertThat(List.of(costs.products(), costs.attention(), costs.sampling(), costs.transfer()))
                .allSatisfy(part -> assertThat(part).isPositive());
        assertThat(costs.step()).isGreaterThan(costs.transfer());
        assertThatThrownBy(() -> engine.measureStep(SLOTS + 1, 0, PLAIN, 3))
                .hasMessageContaining("at most 4 at position 0, got 5");
        engine.submit(request(1, 0, PLAIN, endless(5)), new Collector());
        engine.poll();
        assertThatIllegalStateException().isThrownBy(() -> engine.measureStep(1, 0, PLAIN, 3));
    }
}
