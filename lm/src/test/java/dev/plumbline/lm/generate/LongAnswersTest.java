package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests of all lengths in a cache that is too small for all of them: answers come, are cancelled, move and go. */
final class LongAnswersTest {
    private static final int SLOTS = 6;
    private static final int CONTEXT = 700;
    private static final long SEED = 77;
    private static final ComputeSettings ONE_THREAD = ComputeSettings.cpu(1);

    @TempDir
    private Path directory;

    static List<Arguments> rotaryModelsAndThreads() {
        return GreedyVectors.onThreads(rotaryModels());
    }

    static List<Path> rotaryModels() {
        return GreedyVectors.models().stream()
                .filter(model -> model.getFileName().toString().matches("(llama|qwen|mistral).*"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("rotaryModelsAndThreads")
    void answersAcrossAllLevelsEqualTeacherForcing(Path model, ComputeSettings compute) throws IOException {
        Path longer = GreedyVectors.withContext(model, CONTEXT, directory);
        Random random = new Random(SEED);
        List<GenerationRequest> requests = new ArrayList<>();
        List<Collector> collectors = new ArrayList<>();
        List<Generation> generations = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(longer);
                FrozenModel frozen = FrozenModel.load(longer, compute);
                GenerationEngine engine =
                        new GenerationEngine(longer, tokenizer, settings(frozen, 3L * CONTEXT, 100, compute))) {
            int vocabulary = frozen.config().vocabularySize();
            int[] header = random.ints(2 * PrefixIndex.TOKENS, 0, vocabulary).toArray();
            for (int i = 0; i < 24; i++) {
                GenerationRequest request = request(engine, vocabulary, random, i % 2 == 0 ? header : new int[0]);
                Collector collector = new Collector();
                generations.add(engine.submit(request, collector));
                requests.add(request);
                collectors.add(collector);
                if (i == 0) { // so that one is, whatever the seed
                    generations.get(i).cancel(FinishReason.CANCELLED);
                }
                for (int steps = random.nextInt(40); steps > 0; steps--) {
                    if (random.nextInt(50) == 0) {
                        generations.get(random.nextInt(generations.size())).cancel(FinishReason.CANCELLED);
                    }
                    engine.poll();
                    assertThat(engine.reservedBytes())
                            .isLessThanOrEqualTo(engine.statistics().cacheBytes());
                }
            }
            while (engine.poll() > 0) {}
            int tokens = 0;
            int cancelled = 0;
            for (int r = 0; r < requests.size(); r++) {
                GenerationRequest request = requests.get(r);
                assertThat(collectors.get(r).failures()).isEmpty();
                assertThat(collectors.get(r).samples()).hasSize(request.samples());
                for (GeneratedSample sample : collectors.get(r).samples()) {
                    boolean whole = sample.finishReason() == FinishReason.LENGTH;
                    assertThat(sample.ids())
                            .hasSizeLessThanOrEqualTo(request.stop().maxTokens());
                    assertThat(whole)
                            .isEqualTo(sample.ids().length == request.stop().maxTokens());
                    cancelled += whole ? 0 : 1;
                    tokens += TeacherForcing.requireEqual(frozen, request, sample);
                }
            }
            assertThat(tokens).as("compared tokens").isGreaterThan(500);
            assertThat(cancelled).isPositive();
            assertThat(engine.statistics().reusedTokens()).as("copied tokens").isPositive();
            assertThat(engine.reservedBytes()).isZero();
        }
    }

    @Test
    void promptsThatBeginAlikeAreReadOnce() throws IOException {
        Path longer = GreedyVectors.withContext(rotaryModels().get(0), CONTEXT, directory);
        Random random = new Random(SEED);
        int header = 300;
        try (Tokenizer tokenizer = Tokenizer.load(longer);
                FrozenModel frozen = FrozenModel.load(longer, ONE_THREAD);
                GenerationEngine keeping =
                        new GenerationEngine(longer, tokenizer, settings(frozen, 4L * CONTEXT, 1000, ONE_THREAD));
                GenerationEngine plain =
                        new GenerationEngine(longer, tokenizer, settings(frozen, 4L * CONTEXT, 0, ONE_THREAD))) {
            int vocabulary = frozen.config().vocabularySize();
            int[] shared = random.ints(header, 0, vocabulary).toArray();
            List<Collector> kept = new ArrayList<>();
            List<Collector> computed = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int[] prompt = IntStream.concat(
                                IntStream.of(shared), random.ints(1 + random.nextInt(40), 0, vocabulary))
                        .toArray();
                GenerationRequest request = GenerationRequest.of(
                        prompt,
                        1,
                        SamplingParameters.plain(1),
                        new StopConditions(9, 0, List.of(), new int[0], true),
                        i);
                Collector collector = new Collector();
                keeping.submit(request, collector);
                kept.add(collector);
                Collector other = new Collector();
                plain.submit(request, other);
                computed.add(other);
            }
            while (keeping.poll() > 0) {}
            while (plain.poll() > 0) {}
            for (int i = 0; i < kept.size(); i++) {
                GeneratedSample one = kept.get(i).only();
                GeneratedSample two = computed.get(i).only();
                assertThat(one.ids()).containsExactly(two.ids());
                for (int token = 0; token < one.ids().length; token++) {
                    assertThat(Math.abs((double) one.rawLogProbs()[token] - two.rawLogProbs()[token]))
                            .isLessThan(TeacherForcing.TOLERANCE);
                }
            }
            int blocks = header / PrefixIndex.TOKENS * PrefixIndex.TOKENS;
            assertThat(keeping.statistics().reusedTokens()).isGreaterThanOrEqualTo(7L * blocks);
            assertThat(keeping.statistics().prefilledTokens()
                            + keeping.statistics().reusedTokens())
                    .isEqualTo(plain.statistics().prefilledTokens());
        }
    }

    @Test
    void aRequestForMoreLongAnswersThanFitIsRefusedWithTheFix() throws IOException {
        Path longer = GreedyVectors.withContext(rotaryModels().get(0), CONTEXT, directory);
        try (Tokenizer tokenizer = Tokenizer.load(longer);
                FrozenModel frozen = FrozenModel.load(longer, ONE_THREAD);
                GenerationEngine engine =
                        new GenerationEngine(longer, tokenizer, settings(frozen, CONTEXT, 0, ONE_THREAD))) {
            assertThat(engine.slotsFor(10, 600)).isEqualTo(1);
            GenerationRequest two = GenerationRequest.of(
                    new int[10], 2, SamplingParameters.GREEDY, StopConditions.maxTokens(600), SEED);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> engine.submit(two, new Collector()))
                    .withMessageContaining("samples must be at most the engine's 1 slots for 610 tokens, got 2")
                    .withMessageContaining("firstSample 1");
        }
    }

    private static EngineSettings settings(
            FrozenModel frozen, long tokens, long prefixTokens, ComputeSettings compute) {
        AttentionShape attention = frozen.config().attention();
        long bytes = 2L * frozen.config().layers() * attention.keyValueWidth() * Float.BYTES;
        return new EngineSettings(
                SLOTS,
                CONTEXT,
                // And the vector that lies in no slot.
                tokens * bytes + (long) attention.headDim() * Float.BYTES,
                prefixTokens * bytes,
                64,
                Precision.FLOAT32,
                Precision.FLOAT32,
                false,
                compute);
    }

    private static GenerationRequest request(GenerationEngine engine, int vocabulary, Random random, int[] header) {
        int own = 1 + random.nextInt(random.nextBoolean() ? 20 : 400);
        int[] prompt = IntStream.concat(IntStream.of(header), random.ints(own, 0, vocabulary))
                .toArray();
        int maxTokens = 1 + random.nextInt(random.nextBoolean() ? 20 : CONTEXT - prompt.length);
        int samples = 1 + random.nextInt(Math.min(3, engine.slotsFor(prompt.length, maxTokens)));
        StopConditions stop = new StopConditions(maxTokens, 0, List.of(), new int[0], true);
        return GenerationRequest.of(prompt, samples, SamplingParameters.plain(1), stop, random.nextLong());
    }
}
