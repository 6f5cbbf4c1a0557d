package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernel that chooses tokens, against distributions computed in float64 by sorting. */
final class ChoiceTest {
    private static final int VOCABULARY = 400;
    private static final int[] PROMPT = {7, 21, 7, 8, 99, 399};
    private static final int[] ANSWER = {8, 8, 8, 150, 21, 0, 60, 61};

    private static final TokenPreferences BIASED =
            new TokenPreferences(Map.of(3, 4.5f, 8, -2f, 21, 1.25f, 200, 100f, 201, 99.5f), Set.of());
    private static final TokenPreferences CONFINED =
            new TokenPreferences(Map.of(8, 3f), Set.of(0, 8, 21, 100, 120, 150, 399));

    private NDManager manager;
    private Kernels kernels;

    @BeforeEach
    void loadKernels() {
        ComputeSettings settings = ComputeSettings.cpu(1);
        Torch.use(settings);
        manager = Torch.newManager(settings);
        kernels = Kernels.load(manager, StepSource.resource("choose.py"));
    }

    @AfterEach
    void freeMemory() {
        manager.close();
    }

    static List<SamplingParameters> settings() {
        return List.of(
                SamplingParameters.plain(1),
                SamplingParameters.plain(0.7f),
                SamplingParameters.plain(2.5f),
                new SamplingParameters(1, 1, 1, 0),
                new SamplingParameters(1, 5, 1, 0),
                new SamplingParameters(0.8f, 100, 1, 0),
                new SamplingParameters(1, VOCABULARY + 1, 1, 0),
                new SamplingParameters(1, 0, 0.5f, 0),
                new SamplingParameters(3, 0, 0.999f, 0), // a nucleus wider than the first look
                new SamplingParameters(1, 0, 0.01f, 0),
                new SamplingParameters(1, 0, 1, 0.05f),
                new SamplingParameters(4, 0, 1, 0.01f),
                new SamplingParameters(1.2f, 20, 0.9f, 0),
                new SamplingParameters(1.2f, 200, 0.95f, 0.02f),
                SamplingParameters.plain(1).with(new Penalties(1.7f, 0, 0)),
                SamplingParameters.plain(1).with(new Penalties(0.4f, 0, 0)),
                SamplingParameters.plain(0.8f).with(new Penalties(1, 0.6f, -1.1f)),
                SamplingParameters.plain(1).with(BIASED),
                SamplingParameters.plain(1.5f).with(CONFINED),
                new SamplingParameters(1.1f, 30, 0.9f, 0.01f)
                        .with(new Penalties(1.2f, -0.5f, 1.5f))
                        .with(BIASED),
                new SamplingParameters(1, 0, 0.8f, 0)
                        .with(new Penalties(1.3f, 0.2f, 0.1f))
                        .with(CONFINED));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void tokensFollowTheExactDistributionAndReportItsLogProbabilities(SamplingParameters sampling) {
        float[] logits = logits(7);
        double[] expected = ExactDistribution.of(logits, sampling, PROMPT, ANSWER);
        double[] raw = ExactDistribution.of(logits, SamplingParameters.plain(1), PROMPT, ANSWER);
        int draws = 8000;
        Draws rows = draws(draws, VOCABULARY);
        for (int i = 0; i < draws; i++) {
            rows.add(draw(CounterRandom.uniform(99, 0, i), sampling));
        }
        ChosenTokens chosen = choose(VOCABULARY, logits, draws, rows);
        int[] counts = new int[VOCABULARY];
        for (int i = 0; i < draws; i++) {
            int id = chosen.id(i);
            assertThat(expected[id]).as("token %s can be chosen", id).isPositive();
            assertThat((double) chosen.logProb(i)).isCloseTo(Math.log(expected[id]), within(1e-5));
            assertThat((double) chosen.rawLogProb(i)).isCloseTo(Math.log(raw[id]), within(1e-5));
            counts[id]++;
        }
        ExactDistribution.assertChiSquare(counts, expected, draws);
    }

    @Test
    void eachRowOfAMixedBatchChoosesAsItWouldAlone() {
        List<SamplingParameters> settings = settings();
        int rows = settings.size() + 1;
        Draws together = draws(rows, VOCABULARY);
        float[] logits = new float[rows * VOCABULARY];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(logits(row), 0, logits, row * VOCABULARY, VOCABULARY);
            SamplingParameters sampling = row < settings.size() ? settings.get(row) : SamplingParameters.GREEDY;
            together.add(draw(CounterRandom.uniform(5, row, 0), sampling));
        }
        ChosenTokens mixed = choose(VOCABULARY, logits, rows, together);
        for (int row = 0; row < rows; row++) {
            Draws alone = draws(1, VOCABULARY);
            SamplingParameters sampling = row < settings.size() ? settings.get(row) : SamplingParameters.GREEDY;
            alone.add(draw(CounterRandom.uniform(5, row, 0), sampling));
            ChosenTokens single = choose(VOCABULARY, logits(row), 1, alone);
            assertThat(mixed.id(row)).isEqualTo(single.id(0));
            assertThat(mixed.logProb(row)).isCloseTo(single.logProb(0), within(1e-6f));
            assertThat(mixed.rawLogProb(row)).isCloseTo(single.rawLogProb(0), within(1e-6f));
        }
    }

    @Test
    void theUniformNumberPicksTheTokenWhoseShareOfTheIntervalHoldsIt() {
        float[] logits = {(float) Math.log(0.1), (float) Math.log(0.2), (float) Math.log(0.3), (float) Math.log(0.4)};
        double[] uniforms = {1e-9, 0.0999, 0.1001, 0.2999, 0.3001, 0.5999, 0.6001, 1 - 1e-14};
        Draws draws = draws(uniforms.length, 4);
        for (double uniform : uniforms) {
            draws.add(Draw.of(uniform, SamplingParameters.plain(1)));
        }
        ChosenTokens chosen = choose(4, logits, uniforms.length, draws);
        assertThat(IntStream.range(0, uniforms.length).map(chosen::id)).containsExactly(0, 0, 1, 1, 2, 2, 3, 3);
    }

    @Test
    void aForbiddenTokenIsNeverChosenAndTheOthersShareItsProbability() {
        float[] logits = {5, 1, 1, -100};
        int rows = 300;
        Draws sampled = draws(rows, 4);
        for (int i = 0; i < rows; i++) {
            sampled.add(forbidding(CounterRandom.uniform(3, 0, i), SamplingParameters.plain(1), 0));
        }
        ChosenTokens chosen = choose(4, logits, rows, sampled);
        double normaliser = Math.log(Math.exp(5) + 2 * Math.exp(1));
        for (int i = 0; i < rows; i++) {
            assertThat(chosen.id(i)).isIn(1, 2);
            assertThat((double) chosen.logProb(i)).isCloseTo(Math.log(0.5), within(1e-6));
            assertThat((double) chosen.rawLogProb(i)).isCloseTo(1 - normaliser, within(1e-6));
        }
        Draws greedy = draws(1, 4);
        greedy.add(forbidding(0.5, SamplingParameters.GREEDY, 0, 1));
        assertThat(choose(4, logits, 1, greedy).id(0)).isEqualTo(2);
    }

    @Test
    void theGreedyChoiceSeesPenaltiesBiasesAndWhatIsAllowed() {
        float[] logits = {5, 4.5f, 4, -1};
        SamplingParameters greedy = SamplingParameters.GREEDY;
        assertThat(first(logits, greedy)).isEqualTo(0);
        assertThat(first(logits, greedy.with(new TokenPreferences(Map.of(3, 6.5f), Set.of()))))
                .isEqualTo(3);
        assertThat(first(logits, greedy.with(new TokenPreferences(Map.of(), Set.of(2, 3)))))
                .isEqualTo(2);
        assertThat(first(logits, greedy.with(new Penalties(1, 0, 1)), 0)).isEqualTo(1);
        assertThat(first(logits, greedy.with(new Penalties(1, 0.3f, 0)), 0)).isEqualTo(0);
        assertThat(first(logits, greedy.with(new Penalties(1, 0.3f, 0)), 0, 0)).isEqualTo(1);
        assertThat(first(logits, greedy.with(new Penalties(3, 0, 0)), 0, 1)).isEqualTo(2);
        float[] allPenalised = {-1, -2, -0.5f, -0.1f};
        assertThat(first(allPenalised, greedy.with(new Penalties(Float.MAX_VALUE, 0, 0)), 2, 3))
                .as("a penalty beyond what float32 holds")
                .isEqualTo(0);
    }

    /** The token chosen after an answer. */
    private int first(float[] logits, SamplingParameters sampling, int... answer) {
        LogitChanges changes = new LogitChanges(sampling, new int[0]);
        Arrays.stream(answer).forEach(changes::accept);
        Draws draws = draws(1, logits.length);
        draws.add(new Draw(0.5, sampling, changes, new int[0], 0));
        return choose(logits.length, logits, 1, draws).id(0);
    }

    @Test
    void onlyRowsThatAskGetTheLikeliestTokensInTheirOrder() {
        float[] logits = logits(11);
        Draws draws = draws(3, VOCABULARY);
        int[] wanted = {0, 20, 3};
        for (int row = 0; row < wanted.length; row++) {
            SamplingParameters sampling = settings().get(row);
            draws.add(new Draw(0.5, sampling, new LogitChanges(sampling, PROMPT), new int[] {0}, wanted[row]));
        }
        ChosenTokens chosen = choose(VOCABULARY, logits, wanted.length, draws);
        double[] raw = ExactDistribution.of(logits, SamplingParameters.plain(1), PROMPT, ANSWER);
        int[] order = ExactDistribution.likeliestFirst(raw);
        for (int row = 0; row < wanted.length; row++) {
            TopLogProbs top = chosen.token(row).top();
            assertThat(top.ids()).containsExactly(Arrays.copyOf(order, wanted[row]));
            for (int i = 0; i < wanted[row]; i++) {
                assertThat((double) top.rawLogProbs()[i]).isCloseTo(Math.log(raw[order[i]]), within(1e-5));
            }
        }
    }

    @Test
    void aSmallVocabularyIsReportedWhole() {
        Draws draws = draws(1, 4);
        SamplingParameters plain = SamplingParameters.plain(1);
        draws.add(new Draw(0.5, plain, new LogitChanges(plain, PROMPT), new int[0], 20));
        ChosenTokens chosen = choose(4, new float[] {1, 4, 3, 2}, 1, draws);
        assertThat(chosen.token(0).top().ids()).containsExactly(1, 2, 3, 0);
    }

    @Test
    void logitsThatAreNoNumbersAreReportedForTheirRowOnly() {
        float[] logits = new float[2 * 4];
        logits[1] = 3;
        Arrays.fill(logits, 4, 8, Float.NaN);
        for (SamplingParameters sampling : List.of(SamplingParameters.plain(1), SamplingParameters.GREEDY)) {
            Draws draws = draws(2, 4);
            draws.add(Draw.of(0.5, sampling));
            draws.add(Draw.of(0.5, sampling));
            ChosenTokens chosen = choose(4, logits, 2, draws);
            assertThat(chosen.finite(0)).isTrue();
            assertThat(chosen.finite(1)).isFalse();
        }
    }

    /** Room for so many rows. */
    private Draws draws(int rows, int vocabulary) {
        Draws draws = new Draws(manager, rows, vocabulary);
        draws.begin(rows);
        return draws;
    }

    /** After the prompt and the answer. */
    private static Draw draw(double uniform, SamplingParameters sampling) {
        LogitChanges changes = new LogitChanges(sampling, PROMPT);
        Arrays.stream(ANSWER).forEach(changes::accept);
        return new Draw(uniform, sampling, changes, new int[0], 0);
    }

    private static Draw forbidding(double uniform, SamplingParameters sampling, int... ids) {
        return new Draw(uniform, sampling, new LogitChanges(sampling, new int[0]), ids, 0);
    }

    /** Logits [rows, vocabulary], or [vocabulary] for every row. */
    private ChosenTokens choose(int vocabulary, float[] logits, int rows, Draws draws) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray given = scope.create(logits).reshape(-1, vocabulary);
            NDArray all = given.size(0) == rows
                    ? given
                    : given.broadcast(rows, vocabulary).duplicate();
            Argument choices = Argument.of(draws.choices(scope));
            return draws.chosen(kernels.infer(scope, "choose", Argument.of(all), choices, Argument.of(draws.modes()))
                    .singletonOrThrow()
                    .toDoubleArray());
        }
    }

    private static float[] logits(long seed) {
        Random random = new Random(seed);
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = (float) (2 * random.nextGaussian());
        }
        return logits;
    }
}
