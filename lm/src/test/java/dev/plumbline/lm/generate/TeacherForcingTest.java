package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Log-probabilities and tokens of sampled answers, against the model computed over whole sequences. */
final class TeacherForcingTest {
    private static final ComputeSettings COMPUTE = ComputeSettings.cpu(1);
    private static final double TOLERANCE = 1e-4;
    private static final long SEED = 77;

    static List<Path> models() {
        return GreedyVectors.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void logProbabilitiesOfSampledTokensEqualThoseOfTheWholeSequence(Path model) {
        List<GenerationRequest> requests = new ArrayList<>();
        List<Collector> collectors = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(model, tokenizer, new EngineSettings(16, 128, COMPUTE));
                FrozenModel frozen = FrozenModel.load(model, COMPUTE)) {
            for (float temperature : new float[] {1, 0.7f, 1.6f, 0}) {
                for (GreedyVectors.Case prompt : GreedyVectors.cases(model)) {
                    GenerationRequest request = request(prompt.prompt(), 4, SamplingParameters.plain(temperature), 60);
                    Collector collector = new Collector();
                    engine.submit(request, collector);
                    requests.add(request);
                    collectors.add(collector);
                }
            }
            drain(engine);
            int tokens = 0;
            for (int r = 0; r < requests.size(); r++) {
                GenerationRequest request = requests.get(r);
                List<GeneratedSample> samples = collectors.get(r).samples();
                assertThat(samples).hasSize(request.samples());
                List<TokenSequence> sequences = samples.stream()
                        .map(sample -> sequence(request.promptIds(), sample.ids()))
                        .toList();
                float temperature = request.sampling().temperature();
                float[][] raw = frozen.evaluate(new MicroBatch(sequences, 1)).logProbs();
                float[][] behaviour = temperature == 0
                        ? raw
                        : frozen.evaluate(new MicroBatch(sequences, temperature))
                                .logProbs();
                for (int i = 0; i < samples.size(); i++) {
                    GeneratedSample sample = samples.get(i);
                    assertClose(sample.rawLogProbs(), raw[i]);
                    assertClose(sample.logProbs(), temperature == 0 ? new float[sample.ids().length] : behaviour[i]);
                    tokens += sample.ids().length;
                }
            }
            assertThat(tokens).as("compared tokens").isGreaterThan(500);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void shuffledArrivalsGiveTheSameTokensUnlessTheUniformNumberLiesAtABoundary(Path model) {
        List<GenerationRequest> requests = new ArrayList<>();
        SamplingParameters plain = SamplingParameters.plain(1);
        SamplingParameters cut = new SamplingParameters(0.9f, 50, 0.95f, 0);
        for (GreedyVectors.Case prompt : GreedyVectors.cases(model)) {
            requests.add(request(prompt.prompt(), 2, plain, 30));
            requests.add(request(prompt.prompt(), 1, cut, 50));
            requests.add(request(prompt.prompt(), 1, SamplingParameters.plain(1.3f), 20));
        }
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(model, tokenizer, new EngineSettings(5, 128, COMPUTE));
                FrozenModel frozen = FrozenModel.load(model, COMPUTE)) {
            List<Collector> alone = new ArrayList<>();
            for (GenerationRequest request : requests) {
                Collector collector = new Collector();
                engine.submit(request, collector);
                drain(engine);
                alone.add(collector);
            }
            System.out.println("seed " + SEED);
            Random random = new Random(SEED);
            int compared = 0;
            int atBoundary = 0;
            int atEdge = 0;
            for (int round = 0; round < 3; round++) {
                List<Collector> together = submitShuffled(engine, requests, random);
                for (int r = 0; r < requests.size(); r++) {
                    GenerationRequest request = requests.get(r);
                    for (int i = 0; i < request.samples(); i++) {
                        int[] first = alone.get(r).samples().get(i).ids();
                        int[] second = together.get(r).samples().get(i).ids();
                        compared += second.length;
                        int difference = Arrays.mismatch(first, second);
                        if (difference >= 0 && request.sampling().truncates()) {
                            atEdge++;
                        } else if (difference >= 0) {
                            atBoundary++;
                            assertThat(distanceToBoundary(frozen, request, i, first, difference))
                                    .as("uniform number at the first difference")
                                    .isLessThan(TOLERANCE);
                        }
                    }
                }
            }
            System.out.println(model.getFileName() + ": " + atBoundary + " of " + compared
                    + " tokens chosen at a boundary of the distribution, " + atEdge
                    + " at or through the nucleus' edge");
            assertThat(atEdge).as("answers that differ where tokens are cut").isLessThanOrEqualTo(2);
        }
    }

    /** Submits in random order, some steps apart, and returns what came of each request. */
    private static List<Collector> submitShuffled(
            GenerationEngine engine, List<GenerationRequest> requests, Random random) {
        List<Collector> collectors =
                requests.stream().map(request -> new Collector()).toList();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, requests.size()).boxed().toList());
        Collections.shuffle(order, random);
        for (int r : order) {
            engine.submit(requests.get(r), collectors.get(r));
            for (int steps = random.nextInt(12); steps > 0; steps--) {
                engine.poll();
            }
        }
        drain(engine);
        return collectors;
    }

    /** How far a token's uniform number lies from the nearest boundary, by the model's distribution after the others. */
    private static double distanceToBoundary(
            FrozenModel frozen, GenerationRequest request, int sample, int[] ids, int position) {
        assertThat(request.sampling().truncates())
                .as("only plain requests are expected here")
                .isFalse();
        int[] before = Arrays.copyOf(ids, position);
        int[] context = sequence(request.promptIds(), before).ids();
        List<TokenSequence> everyToken = new ArrayList<>();
        for (int id = 0; id < frozen.config().vocabularySize(); id++) {
            everyToken.add(sequence(context, new int[] {id}));
        }
        float[][] logProbs = frozen.evaluate(
                        new MicroBatch(everyToken, request.sampling().temperature()))
                .logProbs();
        double uniform = CounterRandom.uniform(request.seed(), sample, position);
        double boundary = 0;
        double nearest = uniform;
        for (float[] logProb : logProbs) {
            boundary += Math.exp(logProb[0]);
            nearest = Math.min(nearest, Math.abs(uniform - boundary));
        }
        return nearest;
    }

    private static GenerationRequest request(int[] prompt, int samples, SamplingParameters sampling, int maxTokens) {
        return GenerationRequest.of(
                prompt, samples, sampling, StopConditions.maxTokens(maxTokens), SEED + prompt.length);
    }

    private static TokenSequence sequence(int[] prompt, int[] answer) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, ids, prompt.length, answer.length);
        return new TokenSequence(ids, prompt.length);
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(Math.abs((double) actual[i] - expected[i])).isLessThan(TOLERANCE);
        }
    }

    private static void drain(GenerationEngine engine) {
        while (engine.poll() > 0) {}
    }
}
