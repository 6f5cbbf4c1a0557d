package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers of a deterministic engine, bit for bit: alone, and among others that come, go and are cancelled. */
final class DeterministicTest {
    /** No multiple of a block of positions. */
    private static final int CONTEXT = 430;

    private static final Map<String, Integer> WIDE = Map.of(
            "hidden_size",
            256,
            "intermediate_size",
            688,
            "head_dim",
            64,
            "num_attention_heads",
            4,
            "max_position_embeddings",
            CONTEXT);

    private static final int REQUESTS = 14;
    private static final long SEED = 99;

    @TempDir
    private Path directory;

    static Stream<Arguments> modelsAndPrecisions() {
        return GreedyVectors.models().stream()
                .flatMap(model -> Stream.of(Precision.FLOAT32, Precision.BFLOAT16)
                        .map(precision -> Arguments.of(model, precision)));
    }

    @ParameterizedTest
    @MethodSource("modelsAndPrecisions")
    void answersAreTheSameToTheLastBitWhateverElseTheEngineDoes(Path model, Precision precision) throws IOException {
        assertSameInAnyCompany(GreedyVectors.withContext(model, CONTEXT, directory), precision);
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FLOAT32", "BFLOAT16"})
    void soAreThoseOfAModelWideEnoughForPackedWeights(Precision precision) throws IOException {
        assertSameInAnyCompany(wideModel(), precision);
    }

    @Test
    void aProcessorThatComputesRowsInDifferentWaysIsFoundOutWhenAModelIsLoaded() throws IOException {
        EngineSettings fitted = new EngineSettings(8, CONTEXT, ComputeSettings.cpu(1));
        try (SlotDecoder decoder =
                SlotDecoder.load(wideModel(), fitted, new CacheMemory(), ProductForms.Choice.AS_IS)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> new ShapesCheck(decoder).require())
                    .withMessageContaining("not possible on this processor")
                    .withMessageContaining("set deterministic to false");
        }
    }

    private static void assertSameInAnyCompany(Path checkpoint, Precision precision) {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        try (Tokenizer tokenizer = Tokenizer.load(checkpoint)) {
            List<GenerationRequest> requests;
            List<Collector> alone = new ArrayList<>();
            try (GenerationEngine engine =
                    new GenerationEngine(checkpoint, tokenizer, settings(3, 0, 512, precision))) {
                requests = requests(engine.contextLength(), random);
                for (GenerationRequest request : requests) {
                    Collector collector = new Collector();
                    engine.submit(request, collector);
                    drain(engine);
                    alone.add(collector);
                }
            }
            for (int chunk : new int[] {100, 7}) {
                EngineSettings settings = settings(4 + random.nextInt(5), 1 << 20, chunk, precision);
                try (GenerationEngine engine = new GenerationEngine(checkpoint, tokenizer, settings)) {
                    for (int round = 0; round < 2; round++) {
                        List<Collector> together = submitShuffled(engine, requests, random);
                        for (int r = 0; r < requests.size(); r++) {
                            assertSameBits(alone.get(r), together.get(r));
                        }
                    }
                    assertThat(engine.statistics().reusedTokens()).isPositive();
                }
            }
        }
    }

    /** A Llama with random weights and the tokenizer of a golden one. */
    private Path wideModel() throws IOException {
        Path golden = GreedyVectors.models().stream()
                .filter(model -> model.endsWith("llama"))
                .findFirst()
                .orElseThrow();
        Path empty = Files.createDirectories(directory.resolve("empty"));
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
            Files.copy(golden.resolve(name), empty.resolve(name));
        }
        String config = Files.readString(golden.resolve("config.json"));
        for (Map.Entry<String, Integer> field : WIDE.entrySet()) {
            config = config.replaceAll(
                    "\"" + field.getKey() + "\": \\d+", "\"" + field.getKey() + "\": " + field.getValue());
        }
        Files.writeString(empty.resolve("config.json"), config);
        Path checkpoint = directory.resolve("wide");
        try (TrainableModel model =
                TrainableModel.load(empty, new Start.StoredOrRandom(SEED), ComputeSettings.cpu(1))) {
            model.save(checkpoint);
        }
        return checkpoint;
    }

    private static EngineSettings settings(int slots, long prefixBytes, int prefillTokens, Precision precision) {
        return new EngineSettings(
                slots, CONTEXT, 0, prefixBytes, prefillTokens, precision, precision, true, ComputeSettings.cpu(1));
    }

    /** Prompts of all lengths, some of which begin alike, and what else a request can ask for. */
    private static List<GenerationRequest> requests(int context, Random random) {
        SamplingParameters plain = SamplingParameters.plain(1);
        List<SamplingParameters> samplings = List.of(
                plain,
                SamplingParameters.plain(0.7f),
                SamplingParameters.GREEDY,
                new SamplingParameters(0.9f, 50, 0.95f, 0),
                new SamplingParameters(1.2f, 0, 0.9f, 0.01f),
                plain.with(new Penalties(1.2f, 0.3f, 0.1f)),
                plain.with(new TokenPreferences(Map.of(5, 2f), Set.of())));
        int[] header = random.ints(context / 2, 3, 400).toArray();
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            // The first one fills a block of positions, or all but one.
            int own = i == 0 ? Math.min(StepShapes.BLOCK, context - 1) : 1 + random.nextInt(context / 3);
            int shared = i > 0 && random.nextBoolean() ? header.length : 0;
            int[] prompt = IntStream.concat(Arrays.stream(header, 0, shared), random.ints(own, 3, 400))
                    .toArray();
            int maxTokens = 1 + random.nextInt(Math.min(60, context - prompt.length));
            LogProbReport report = new LogProbReport(random.nextInt(3), i % 5 == 0);
            requests.add(new GenerationRequest(
                            prompt,
                            1 + random.nextInt(3),
                            random.nextInt(3),
                            samplings.get(i % samplings.size()),
                            new StopConditions(maxTokens, 0, List.of(), new int[0], true),
                            SEED + i)
                    .reporting(report));
        }
        return requests;
    }

    /** In random order, some steps apart, among others that are cancelled after a while. */
    private static List<Collector> submitShuffled(
            GenerationEngine engine, List<GenerationRequest> requests, Random random) {
        List<Collector> collectors =
                requests.stream().map(request -> new Collector()).toList();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, requests.size()).boxed().toList());
        Collections.shuffle(order, random);
        List<Generation> others = new ArrayList<>();
        for (int r : order) {
            engine.submit(requests.get(r), collectors.get(r));
            if (random.nextBoolean()) {
                GenerationRequest other = requests.get(random.nextInt(requests.size()));
                others.add(engine.submit(other, new Collector()));
            }
            for (int steps = random.nextInt(12); steps > 0; steps--) {
                engine.poll();
            }
            if (!others.isEmpty() && random.nextBoolean()) {
                others.remove(0).cancel(FinishReason.CANCELLED);
            }
        }
        drain(engine);
        return collectors;
    }

    private static void assertSameBits(Collector expected, Collector actual) {
        assertThat(actual.failures()).isEmpty();
        assertThat(actual.samples()).hasSameSizeAs(expected.samples());
        for (int i = 0; i < expected.samples().size(); i++) {
            GeneratedSample one = expected.samples().get(i);
            GeneratedSample two = actual.samples().get(i);
            assertThat(two.ids()).containsExactly(one.ids());
            assertThat(bits(two.logProbs())).as("log-probabilities").containsExactly(bits(one.logProbs()));
            assertThat(bits(two.rawLogProbs())).as("raw log-probabilities").containsExactly(bits(one.rawLogProbs()));
            assertSameTop(one.top(), two.top());
        }
        assertThat(actual.prompts()).hasSameSizeAs(expected.prompts());
        for (int i = 0; i < expected.prompts().size(); i++) {
            PromptLogProbs one = expected.prompts().get(i);
            PromptLogProbs two = actual.prompts().get(i);
            assertThat(bits(two.rawLogProbs())).as("prompt").containsExactly(bits(one.rawLogProbs()));
            assertSameTop(one.top(), two.top());
        }
    }

    private static void assertSameTop(List<TopLogProbs> expected, List<TopLogProbs> actual) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).ids()).containsExactly(expected.get(i).ids());
            assertThat(bits(actual.get(i).rawLogProbs()))
                    .containsExactly(bits(expected.get(i).rawLogProbs()));
        }
    }

    private static int[] bits(float[] numbers) {
        return IntStream.range(0, numbers.length)
                .map(i -> Float.floatToRawIntBits(numbers[i]))
                .toArray();
    }

    private static void drain(GenerationEngine engine) {
        while (engine.poll() > 0) {}
    }
}
