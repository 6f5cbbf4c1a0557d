package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.FullLogits;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers of an engine with penalties, biases and allowed tokens, against distributions from the whole sequences' logits. */
final class SampledDistributionTest {
    private static final ComputeSettings COMPUTE = ComputeSettings.cpu(1);
    private static final long SEED = 4711;
    private static final double TOLERANCE = 1e-4;
    private static final Set<Integer> FEW = Set.of(5, 9, 17, 40, 41, 77);

    static List<Path> models() {
        return GreedyVectors.models();
    }

    private static List<SamplingParameters> settings() {
        return List.of(
                SamplingParameters.plain(1),
                SamplingParameters.plain(1).with(new Penalties(1.4f, 0, 0)),
                SamplingParameters.plain(0.7f).with(new Penalties(1, 0.8f, 0.5f)),
                SamplingParameters.plain(1.2f).with(new Penalties(0.9f, -0.3f, 0.2f)),
                SamplingParameters.plain(1).with(new TokenPreferences(Map.of(12, 3f, 30, 4f), Set.of())),
                SamplingParameters.plain(1)
                        .with(new Penalties(1.1f, 0.1f, 0.1f))
                        .with(new TokenPreferences(Map.of(9, 2f), FEW)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void logProbabilitiesAreThoseOfTheDistributionThatWasSampledFrom(Path model) {
        List<GenerationRequest> requests = requests(model);
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(model, tokenizer, new EngineSettings(7, 128, COMPUTE));
                FullLogits full = new FullLogits(model, COMPUTE)) {
            List<Collector> collectors =
                    requests.stream().map(request -> submit(engine, request)).toList();
            drain(engine);
            int tokens = 0;
            for (int r = 0; r < requests.size(); r++) {
                for (GeneratedSample sample : collectors.get(r).samples()) {
                    assertExact(full, requests.get(r), sample);
                    tokens += sample.ids().length;
                }
            }
            assertThat(tokens).as("compared tokens").isGreaterThan(500);
        }
    }

    private static void assertExact(FullLogits full, GenerationRequest request, GeneratedSample sample) {
        int[] prompt = request.promptIds();
        int[] answer = sample.ids();
        float[][] logits = logits(full, prompt, answer);
        for (int i = 0; i < answer.length; i++) {
            float[] here = logits[prompt.length + i - 1];
            int[] before = Arrays.copyOf(answer, i);
            double[] p = ExactDistribution.of(here, request.sampling(), prompt, before);
            double[] raw = ExactDistribution.of(here, SamplingParameters.plain(1), prompt, before);
            assertThat((double) sample.logProbs()[i]).isCloseTo(Math.log(p[answer[i]]), within(TOLERANCE));
            assertThat((double) sample.rawLogProbs()[i]).isCloseTo(Math.log(raw[answer[i]]), within(TOLERANCE));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void shuffledArrivalsDrawTheTokensTheyDrawAloneUnlessTheUniformNumberLiesAtABoundary(Path model) {
        List<GenerationRequest> requests = requests(model);
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(model, tokenizer, new EngineSettings(5, 128, COMPUTE));
                FullLogits full = new FullLogits(model, COMPUTE)) {
            List<Collector> alone = new ArrayList<>();
            for (GenerationRequest request : requests) {
                alone.add(submit(engine, request));
                drain(engine);
            }
            System.out.println("seed " + SEED);
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, requests.size()).boxed().toList());
            Random random = new Random(SEED);
            Collections.shuffle(order, random);
            Collector[] together = new Collector[requests.size()];
            for (int r : order) {
                together[r] = submit(engine, requests.get(r));
                for (int steps = random.nextInt(12); steps > 0; steps--) {
                    engine.poll();
                }
            }
            drain(engine);
            int atBoundary = 0;
            for (int r = 0; r < requests.size(); r++) {
                for (int i = 0; i < requests.get(r).samples(); i++) {
                    int[] first = alone.get(r).samples().get(i).ids();
                    int[] second = together[r].samples().get(i).ids();
                    int difference = Arrays.mismatch(first, second);
                    if (difference >= 0) {
                        atBoundary++;
                        assertThat(distanceToBoundary(full, requests.get(r), i, Arrays.copyOf(first, difference)))
                                .as("uniform number at the first difference")
                                .isLessThan(TOLERANCE);
                    }
                }
            }
            System.out.println(model.getFileName() + ": " + atBoundary + " tokens chosen at a boundary");
        }
    }

    /** How far the uniform number of the token after an answer lies from the nearest boundary of its distribution. */
    private static double distanceToBoundary(FullLogits full, GenerationRequest request, int sample, int[] answer) {
        int[] prompt = request.promptIds();
        float[] last = logits(full, prompt, answer)[prompt.length + answer.length - 1];
        double uniform = CounterRandom.uniform(request.seed(), sample, answer.length);
        double boundary = 0;
        double nearest = uniform;
        for (double p : ExactDistribution.of(last, request.sampling(), prompt, answer)) {
            boundary += p;
            nearest = Math.min(nearest, Math.abs(uniform - boundary));
        }
        return nearest;
    }

    /** Of prompt and answer, [tokens][vocabulary]. */
    private static float[][] logits(FullLogits full, int[] prompt, int[] answer) {
        int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, all, prompt.length, answer.length);
        float[] logits = full.of(all, 0);
        int vocabulary = logits.length / all.length;
        return IntStream.range(0, all.length)
                .mapToObj(row -> Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary))
                .toArray(float[][]::new);
    }

    @ParameterizedTest
    @MethodSource("models")
    void onlyAllowedTokensAreDrawnAndABiasOf100DecidesAGreedyChoice(Path model) {
        int[] prompt = GreedyVectors.cases(model).get(0).prompt();
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(model, tokenizer, new EngineSettings(4, 128, COMPUTE))) {
            SamplingParameters confined = SamplingParameters.plain(3).with(new TokenPreferences(Map.of(), FEW));
            SamplingParameters biased =
                    SamplingParameters.GREEDY.with(new TokenPreferences(Map.of(33, 100f), Set.of()));
            Collector few = submit(engine, request(prompt, 2, confined, 40));
            Collector one = submit(engine, request(prompt, 1, biased, 10));
            drain(engine);
            assertThat(few.samples())
                    .allSatisfy(sample -> assertThat(Arrays.stream(sample.ids()).boxed())
                            .isSubsetOf(FEW)
                            .hasSize(40));
            assertThat(one.only().ids()).containsOnly(33);
        }
    }

    private static List<GenerationRequest> requests(Path model) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (GreedyVectors.Case each : GreedyVectors.cases(model)) {
            for (SamplingParameters sampling : settings()) {
                requests.add(request(each.prompt(), 2, sampling, 30));
            }
        }
        return requests;
    }

    private static GenerationRequest request(int[] prompt, int samples, SamplingParameters sampling, int tokens) {
        StopConditions endless = new StopConditions(tokens, 0, List.of(), new int[0], true);
        return GenerationRequest.of(prompt, samples, sampling, endless, SEED + prompt.length);
    }

    private static Collector submit(GenerationEngine engine, GenerationRequest request) {
        Collector collector = new Collector();
        engine.submit(request, collector);
        return collector;
    }

    private static void drain(GenerationEngine engine) {
        while (engine.poll() > 0) {}
    }
}
