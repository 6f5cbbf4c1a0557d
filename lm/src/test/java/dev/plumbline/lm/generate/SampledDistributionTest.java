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
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Answers of an engine that reads prompts in small parts and copies their beginnings, against distributions from the whole
 * sequences' logits.
 */
final class SampledDistributionTest {
    private static final ComputeSettings ONE_THREAD = ComputeSettings.cpu(1);
    private static final long SEED = 4711;
    private static final double TOLERANCE = 1e-4;

    /** Of every prompt but the last tokens; two blocks of the prefixes that are kept. */
    private static final int HEADER = 2 * PrefixIndex.TOKENS;

    private static final int PROMPTS = 4;
    private static final Set<Integer> FEW = Set.of(5, 9, 17, 40, 41, 77);

    static List<Path> models() {
        return GreedyVectors.models();
    }

    static List<Arguments> modelsAndThreads() {
        return GreedyVectors.modelsAndThreads();
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
                        .with(new TokenPreferences(Map.of(9, 2f), FEW)),
                new SamplingParameters(0.9f, 50, 1, 0),
                new SamplingParameters(1, 0, 0.9f, 0),
                new SamplingParameters(1.2f, 100, 0.95f, 0.01f));
    }

    /** With limits that lie a little beside these, so that a token at the edge falls on the other side. */
    private static List<SamplingParameters> besides(SamplingParameters sampling) {
        List<SamplingParameters> besides = new ArrayList<>();
        for (float factor : new float[] {1 - (float) TOLERANCE, 1 + (float) TOLERANCE}) {
            besides.add(cut(sampling, sampling.topK(), Math.min(1, factor * sampling.topP()), sampling.minP()));
            besides.add(cut(sampling, sampling.topK(), sampling.topP(), factor * sampling.minP()));
        }
        if (sampling.topK() > 0) {
            besides.add(cut(sampling, sampling.topK() + 1, sampling.topP(), sampling.minP()));
        }
        return besides;
    }

    private static SamplingParameters cut(SamplingParameters sampling, int topK, float topP, float minP) {
        return new SamplingParameters(sampling.temperature(), topK, topP, minP)
                .with(sampling.penalties())
                .with(sampling.preferences());
    }

    @ParameterizedTest
    @MethodSource("models")
    void logProbabilitiesAreThoseOfTheDistributionThatWasSampledFrom(Path model) {
        List<GenerationRequest> requests = requests();
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(model, tokenizer, settings(7, ONE_THREAD));
                FullLogits full = new FullLogits(model, ONE_THREAD)) {
            List<Collector> collectors =
                    requests.stream().map(request -> submit(engine, request)).toList();
            drain(engine);
            int tokens = 0;
            int atEdge = 0;
            for (int r = 0; r < requests.size(); r++) {
                for (GeneratedSample sample : collectors.get(r).samples()) {
                    atEdge += assertExact(full, requests.get(r), sample);
                    tokens += sample.ids().length;
                }
            }
            System.out.println(model.getFileName() + ": " + atEdge + " of " + tokens
                    + " tokens with another one at the edge" + " of what is left");
            assertThat(tokens).as("compared tokens").isGreaterThan(2000);
            assertThat(atEdge).as("tokens with another one at the edge").isLessThan(tokens / 200);
            assertThat(engine.statistics().reusedTokens()).as("copied tokens").isPositive();
        }
    }

    /** How many log-probabilities are those of a distribution that leaves one token more or less. */
    private static int assertExact(FullLogits full, GenerationRequest request, GeneratedSample sample) {
        int[] prompt = request.promptIds();
        int[] answer = sample.ids();
        float[][] logits = logits(full, prompt, answer);
        int atEdge = 0;
        for (int i = 0; i < answer.length; i++) {
            float[] here = logits[prompt.length + i - 1];
            int[] before = Arrays.copyOf(answer, i);
            int id = answer[i];
            double logProb = sample.logProbs()[i];
            double[] raw = ExactDistribution.of(here, SamplingParameters.plain(1), prompt, before);
            assertThat((double) sample.rawLogProbs()[i]).isCloseTo(Math.log(raw[id]), within(TOLERANCE));
            Predicate<SamplingParameters> told = sampling ->
                    Math.abs(logProb - Math.log(ExactDistribution.of(here, sampling, prompt, before)[id])) < TOLERANCE;
            if (!told.test(request.sampling())) {
                assertThat(request.sampling().truncates()).as("tokens were cut").isTrue();
                assertThat(besides(request.sampling()))
                        .as("limits that lie a little beside")
                        .anyMatch(told);
                atEdge++;
            }
        }
        return atEdge;
    }

    @ParameterizedTest
    @MethodSource("modelsAndThreads")
    void shuffledArrivalsDrawTheTokensTheyDrawAloneUnlessTheUniformNumberLiesAtABoundary(
            Path model, ComputeSettings compute) {
        List<GenerationRequest> requests = requests();
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(model, tokenizer, settings(5, compute));
                FullLogits full = new FullLogits(model, compute)) {
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
                Generation other = engine.submit(requests.get(random.nextInt(requests.size())), new Collector());
                for (int steps = random.nextInt(12); steps > 0; steps--) {
                    engine.poll();
                }
                other.cancel(FinishReason.CANCELLED);
            }
            drain(engine);
            int compared = 0;
            int atBoundary = 0;
            int atEdge = 0;
            for (int r = 0; r < requests.size(); r++) {
                for (int i = 0; i < requests.get(r).samples(); i++) {
                    int[] first = alone.get(r).samples().get(i).ids();
                    int[] second = together[r].samples().get(i).ids();
                    int difference = Arrays.mismatch(first, second);
                    compared += difference < 0 ? first.length : difference + 1;
                    if (difference >= 0) {
                        int[] before = Arrays.copyOf(first, difference);
                        boolean boundary = distanceToBoundary(full, requests.get(r), i, before) < TOLERANCE;
                        assertThat(boundary || atEdge(full, requests.get(r), before))
                                .as("uniform number at a boundary, or a token at the edge of what is left")
                                .isTrue();
                        atBoundary += boundary ? 1 : 0;
                        atEdge += boundary ? 0 : 1;
                    }
                }
            }
            System.out.println(model.getFileName() + " on " + compute.threads() + " threads: of " + compared
                    + " tokens " + atBoundary + " chosen at a boundary, " + atEdge
                    + " with another one at the edge of what is left");
            assertThat(atBoundary + atEdge).as("tokens that differ").isLessThan(compared / 200);
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

    /** Whether limits that lie a little beside leave other tokens after an answer. */
    private static boolean atEdge(FullLogits full, GenerationRequest request, int[] answer) {
        int[] prompt = request.promptIds();
        float[] last = logits(full, prompt, answer)[prompt.length + answer.length - 1];
        double[] exact = ExactDistribution.of(last, request.sampling(), prompt, answer);
        return request.sampling().truncates()
                && besides(request.sampling()).stream()
                        .map(sampling -> ExactDistribution.of(last, sampling, prompt, answer))
                        .anyMatch(p -> IntStream.range(0, p.length).anyMatch(id -> p[id] > 0 != exact[id] > 0));
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
                GenerationEngine engine =
                        new GenerationEngine(model, tokenizer, new EngineSettings(4, 128, ONE_THREAD))) {
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

    /** Reads prompts by 24 tokens a step, less than they have in common. */
    private static EngineSettings settings(int slots, ComputeSettings compute) {
        return new EngineSettings(slots, 128, 0, 1 << 20, 24, Precision.FLOAT32, Precision.FLOAT32, false, compute);
    }

    /** For models of learned positions too, of which the golden ones have 128. */
    private static List<GenerationRequest> requests() {
        Random random = new Random(SEED);
        int[] header = random.ints(HEADER, 3, 400).toArray();
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < PROMPTS; i++) {
            int[] prompt = IntStream.concat(IntStream.of(header), random.ints(1 + random.nextInt(24), 3, 400))
                    .toArray();
            for (SamplingParameters sampling : settings()) {
                requests.add(request(prompt, 2, sampling, 30));
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
