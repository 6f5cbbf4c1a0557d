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
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Log-probabilities and tokens of sampled answers, against the model computed over whole sequences. */
final class TeacherForcingTest {
    private static final double TOLERANCE = 1e-4;
    private static final long SEED = 77;

    static List<Arguments> modelsAndThreads() {
        return GreedyVectors.modelsAndThreads();
    }

    @ParameterizedTest
    @MethodSource("modelsAndThreads")
    void logProbabilitiesOfSampledTokensEqualThoseOfTheWholeSequence(Path model, ComputeSettings compute) {
        List<GenerationRequest> requests = new ArrayList<>();
        List<Collector> collectors = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(model, tokenizer, new EngineSettings(16, 128, compute));
                FrozenModel frozen = FrozenModel.load(model, compute)) {
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
