package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.FullLogits;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Alternatives and prompts as they are reported, against the model computed over whole sequences. */
final class LogProbReportTest {
    /** Steps are computed on one thread, on both and in halves by turns until the engine knows which is faster. */
    private static final ComputeSettings COMPUTE = ComputeSettings.cpu(2);

    private static final double TOLERANCE = 1e-4;
    private static final int CONTEXT = 512;
    private static final StopConditions STOP = new StopConditions(20, 0, List.of(), new int[0], true);

    static List<Path> models() {
        return GreedyVectors.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void aPromptsLogProbabilitiesEqualTeacherForcing(Path model) {
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer);
                FrozenModel frozen = FrozenModel.load(model, COMPUTE)) {
            // Longer than one chunk of logits, if the model has the positions.
            int longest = Math.min(engine.contextLength() - STOP.maxTokens(), 300);
            for (int length : new int[] {2, 40, longest}) {
                int[] prompt =
                        IntStream.range(0, length).map(i -> (7 * i + 3) % 400).toArray();
                Collector told = run(engine, request(prompt, 2, new LogProbReport(0, true)));
                float[] expected = frozen.evaluate(new MicroBatch(List.of(new TokenSequence(prompt, 1)), 1))
                        .logProbs()[0];
                assertThat(told.prompts()).singleElement().satisfies(report -> {
                    assertThat(report.rawLogProbs()).hasSize(prompt.length);
                    assertThat(report.rawLogProbs()[0]).isZero();
                    assertClose(Arrays.copyOfRange(report.rawLogProbs(), 1, prompt.length), expected);
                    assertThat(report.top()).hasSize(prompt.length).containsOnly(TopLogProbs.NONE);
                });
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void alternativesAreTheLikeliestOfTheWholeVocabularyInTheirOrder(Path model) {
        int[] prompt = GreedyVectors.cases(model).get(0).prompt();
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer);
                FullLogits full = new FullLogits(model, COMPUTE)) {
            Collector told = run(engine, request(prompt, 2, new LogProbReport(5, true)));
            for (GeneratedSample sample : told.samples()) {
                int[] answer = sample.ids();
                int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
                System.arraycopy(answer, 0, all, prompt.length, answer.length);
                float[] logits = full.of(all, 0);
                List<TopLogProbs> ofPrompt = told.prompts().get(0).top();
                assertThat(ofPrompt.get(0)).isSameAs(TopLogProbs.NONE);
                for (int i = 1; i < all.length; i++) {
                    TopLogProbs top =
                            i < prompt.length ? ofPrompt.get(i) : sample.top().get(i - prompt.length);
                    assertLikeliest(top, logits, i - 1, logits.length / all.length);
                }
            }
        }
    }

    private static void assertLikeliest(TopLogProbs top, float[] logits, int row, int vocabulary) {
        float[] here = Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary);
        double[] p = ExactDistribution.of(here, SamplingParameters.plain(1), new int[0], new int[0]);
        int[] order = ExactDistribution.likeliestFirst(p);
        assertThat(top.ids()).hasSize(5).doesNotHaveDuplicates();
        for (int i = 0; i < 5; i++) {
            double reported = top.rawLogProbs()[i];
            assertThat(reported).isCloseTo(Math.log(p[top.ids()[i]]), within(TOLERANCE));
            // Two tokens may be as likely as each other within float error.
            assertThat(reported).isCloseTo(Math.log(p[order[i]]), within(TOLERANCE));
            assertThat(i == 0 || top.rawLogProbs()[i - 1] >= top.rawLogProbs()[i])
                    .as("sorted")
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void aReportChangesNoTokenAndNobodyElseGetsIt(Path model) {
        int[] prompt = GreedyVectors.cases(model).get(0).prompt();
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer)) {
            Collector quiet = new Collector();
            Collector told = new Collector();
            engine.submit(request(prompt, 1, LogProbReport.NONE), quiet);
            engine.submit(request(prompt, 1, new LogProbReport(20, true)), told);
            drain(engine);
            assertThat(quiet.only().top()).isEmpty();
            assertThat(quiet.prompts()).isEmpty();
            assertThat(told.only().ids()).containsExactly(quiet.only().ids());
            assertThat(told.only().top()).hasSize(20);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void aPromptOfOneTokenHasNothingThatForetellsIt(Path model) {
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer)) {
            Collector told = run(engine, request(new int[] {4}, 1, new LogProbReport(3, true)));
            assertThat(told.prompts()).singleElement().satisfies(report -> {
                assertThat(report.rawLogProbs()).containsExactly(0);
                assertThat(report.top()).containsExactly(TopLogProbs.NONE);
            });
        }
    }

    private static GenerationEngine engine(Path model, Tokenizer tokenizer) {
        return new GenerationEngine(model, tokenizer, new EngineSettings(4, CONTEXT, COMPUTE));
    }

    private static GenerationRequest request(int[] prompt, int samples, LogProbReport report) {
        return GenerationRequest.of(prompt, samples, SamplingParameters.plain(1), STOP, 8)
                .reporting(report);
    }

    private static Collector run(GenerationEngine engine, GenerationRequest request) {
        Collector collector = new Collector();
        engine.submit(request, collector);
        drain(engine);
        assertThat(collector.failures()).isEmpty();
        return collector;
    }

    private static void drain(GenerationEngine engine) {
        while (engine.poll() > 0) {}
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(TOLERANCE));
        }
    }
}
