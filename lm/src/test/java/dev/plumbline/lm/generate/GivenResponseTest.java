package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Responses that are read instead of drawn, against the model computed over whole sequences. */
final class GivenResponseTest {
    /** Steps are computed on one thread, on both and in halves by turns until the engine knows which is faster. */
    private static final ComputeSettings COMPUTE = ComputeSettings.cpu(2);

    private static final double TOLERANCE = 1e-4;
    /** Two numbers that the same request may differ by in different company. */
    private static final double ALIKE = 2e-5;

    private static final int PREFILL_TOKENS = 64;

    static List<Path> models() {
        return GreedyVectors.models();
    }

    private static final class Reader implements GenerationListener {
        private Optional<GivenLogProbs> given = Optional.empty();
        private Optional<FinishReason> interrupted = Optional.empty();
        private final List<Throwable> failures = new ArrayList<>();

        @Override
        public void onGiven(GivenLogProbs logProbs) {
            assertThat(given).isEmpty();
            given = Optional.of(logProbs);
        }

        @Override
        public void onToken(int sample, GeneratedToken token, String textDelta) {
            throw new AssertionError("a given response has no drawn tokens");
        }

        @Override
        public void onSample(GeneratedSample sample) {
            interrupted = Optional.of(sample.finishReason());
        }

        @Override
        public void onFailure(Throwable failure) {
            failures.add(failure);
        }

        GivenLogProbs numbers() {
            assertThat(failures).isEmpty();
            return given.orElseThrow();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void itsNumbersAreThoseOfTheWholeSequence(Path model) {
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer);
                FrozenModel frozen = FrozenModel.load(model, COMPUTE)) {
            int context = engine.contextLength();
            for (float temperature : new float[] {1, 0.7f, 1.6f}) {
                // Of one token, read in one part and in several, with prompts of one token and longer than a part.
                for (int[] lengths : new int[][] {{1, 1}, {20, 1}, {1, 30}, {90, 20}, {5, context - 5}}) {
                    int[] ids = ids(lengths[0] + lengths[1], lengths[0]);
                    Outputs expected =
                            frozen.evaluate(new MicroBatch(List.of(new TokenSequence(ids, lengths[0])), temperature));
                    Reader reader = submit(engine, ids, lengths[0], temperature);
                    drain(engine);
                    assertClose(reader.numbers().logProbs(), expected.logProbs()[0], TOLERANCE);
                    assertClose(reader.numbers().entropies(), expected.entropies()[0], TOLERANCE);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void aloneOrBesideOthersItsNumbersAreTheSame(Path model) {
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer)) {
            // Those with the same prompt read it once.
            int[] promptLengths = {70, 70, 70, 3};
            List<Reader> together = new ArrayList<>();
            Collector running = stream(engine, 40);
            engine.poll();
            for (int promptLength : promptLengths) {
                together.add(submit(engine, ids(promptLength + 20, promptLength, together.size()), promptLength, 1));
            }
            drain(engine);
            assertThat(running.only().ids()).hasSize(40);
            assertThat(engine.statistics().reusedTokens()).isPositive();
            for (int i = 0; i < promptLengths.length; i++) {
                try (GenerationEngine fresh = engine(model, tokenizer)) {
                    Reader alone = submit(fresh, ids(promptLengths[i] + 20, promptLengths[i], i), promptLengths[i], 1);
                    drain(fresh);
                    assertClose(
                            together.get(i).numbers().logProbs(),
                            alone.numbers().logProbs(),
                            ALIKE);
                    assertClose(
                            together.get(i).numbers().entropies(),
                            alone.numbers().entropies(),
                            ALIKE);
                }
            }
        }
    }

    @Test
    void besideAStreamItIsReadInPartsAndTheStreamHasATokenOfEachStep() {
        Path model = models().get(0);
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer)) {
            Collector stream = stream(engine, 100);
            engine.poll();
            int before = stream.tokens(0);
            int[] ids = ids(engine.contextLength(), 10);
            Reader reader = submit(engine, ids, 10, 1);
            int steps = 0;
            long read = engine.statistics().prefilledTokens();
            while (reader.given.isEmpty()) {
                engine.poll();
                steps++;
                long now = engine.statistics().prefilledTokens();
                assertThat(now - read).as("tokens in a step").isLessThanOrEqualTo(PREFILL_TOKENS);
                read = now;
            }
            assertThat(steps).isGreaterThanOrEqualTo((ids.length - 1 + PREFILL_TOKENS - 1) / PREFILL_TOKENS);
            assertThat(stream.tokens(0) - before).isEqualTo(steps);
        }
    }

    @Test
    void aCancelledOneLeavesItsSlotBeforeTheNextStep() {
        Path model = models().get(0);
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer)) {
            Reader reader = new Reader();
            int[] ids = ids(engine.contextLength(), 10);
            Generation generation = engine.submit(request(ids, 10, 1), reader);
            engine.poll();
            assertThat(engine.running()).isOne();

            generation.cancel(FinishReason.CANCELLED);
            engine.endCancelled();

            assertThat(engine.running()).isZero();
            assertThat(reader.given).isEmpty();
            assertThat(reader.interrupted).hasValue(FinishReason.CANCELLED);
        }
    }

    @Test
    void aTemperatureOfZeroAndStrangeTokensAreRefused() {
        Path model = models().get(0);
        assertThatThrownBy(() -> GenerationRequest.given(new int[] {1}, new int[] {2}, 0))
                .hasMessageContaining("temperature of a given response must be > 0");
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer)) {
            assertThatThrownBy(() -> submit(engine, new int[] {1, 1_000_000}, 1, 1))
                    .hasMessageContaining("given must be below the vocabulary size");
        }
    }

    private static GenerationEngine engine(Path model, Tokenizer tokenizer) {
        return new GenerationEngine(
                model,
                tokenizer,
                new EngineSettings(
                        6, 256, 0, 1 << 20, PREFILL_TOKENS, Precision.FLOAT32, Precision.FLOAT32, false, COMPUTE));
    }

    private static Collector stream(GenerationEngine engine, int tokens) {
        Collector collector = new Collector();
        StopConditions stop = new StopConditions(tokens, 0, List.of(), new int[0], true);
        engine.submit(GenerationRequest.of(new int[] {3, 4}, 1, SamplingParameters.plain(1), stop, 5), collector);
        return collector;
    }

    private static Reader submit(GenerationEngine engine, int[] ids, int promptLength, float temperature) {
        Reader reader = new Reader();
        engine.submit(request(ids, promptLength, temperature), reader);
        return reader;
    }

    private static GenerationRequest request(int[] ids, int promptLength, float temperature) {
        return GenerationRequest.given(
                Arrays.copyOf(ids, promptLength), Arrays.copyOfRange(ids, promptLength, ids.length), temperature);
    }

    private static int[] ids(int length, int promptLength) {
        return ids(length, promptLength, 0);
    }

    /** Ids whose first ones, the prompt, are the same for all responses. */
    private static int[] ids(int length, int promptLength, int response) {
        return IntStream.range(0, length)
                .map(i -> (7 * i + 3 + (i < promptLength ? 0 : 11 * response)) % 400)
                .toArray();
    }

    private static void drain(GenerationEngine engine) {
        while (engine.poll() > 0) {}
        assertThat(engine.running()).isZero();
    }

    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(tolerance));
        }
    }
}
