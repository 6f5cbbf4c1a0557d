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
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernel that chooses tokens, against distributions computed in float64 by sorting. */
final class ChoiceTest {
    private static final int VOCABULARY = 400;

    private NDManager manager;
    private Kernels kernels;

    @BeforeEach
    void loadKernels() {
        ComputeSettings settings = ComputeSettings.cpu(1);
        Torch.use(settings);
        manager = Torch.newManager(settings);
        kernels = Kernels.load(manager, SlotDecoder.resource("choose.py"));
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
                new SamplingParameters(1.2f, 200, 0.95f, 0.02f));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void tokensFollowTheExactDistributionAndReportItsLogProbabilities(SamplingParameters sampling) {
        float[] logits = logits(7);
        double[] expected = distribution(logits, sampling);
        double[] raw = distribution(logits, SamplingParameters.plain(1));
        int draws = 8000;
        Draws rows = draws(draws, VOCABULARY);
        for (int i = 0; i < draws; i++) {
            rows.add(Draw.of(CounterRandom.uniform(99, 0, i), sampling));
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
        assertChiSquare(counts, expected, draws);
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
            together.add(Draw.of(CounterRandom.uniform(5, row, 0), sampling));
        }
        ChosenTokens mixed = choose(VOCABULARY, logits, rows, together);
        for (int row = 0; row < rows; row++) {
            Draws alone = draws(1, VOCABULARY);
            SamplingParameters sampling = row < settings.size() ? settings.get(row) : SamplingParameters.GREEDY;
            alone.add(Draw.of(CounterRandom.uniform(5, row, 0), sampling));
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
            List<Argument> drawn = draws.arguments(scope);
            return draws.chosen(kernels.infer(scope, "choose", Argument.of(all), drawn.get(0), drawn.get(1))
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

    /** As transformers' warpers do it one after the other, each on the normalised distribution that the last one left. */
    private static double[] distribution(float[] logits, SamplingParameters sampling) {
        int n = logits.length;
        double[] p = new double[n];
        for (int i = 0; i < n; i++) {
            p[i] = Math.exp(logits[i] / sampling.temperature());
        }
        normalise(p);
        Integer[] order = IntStream.range(0, n).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> -p[i]));
        if (sampling.topK() > 0) {
            for (int rank = sampling.topK(); rank < n; rank++) {
                p[order[rank]] = 0;
            }
            normalise(p);
        }
        double reached = 0;
        for (int rank = 0; rank < n && sampling.topP() < 1; rank++) {
            double before = reached;
            reached += p[order[rank]];
            p[order[rank]] = before < sampling.topP() ? p[order[rank]] : 0;
        }
        normalise(p);
        double threshold = sampling.minP() * p[order[0]];
        for (int i = 0; i < n; i++) {
            p[i] = p[i] >= threshold ? p[i] : 0;
        }
        normalise(p);
        return p;
    }

    private static void normalise(double[] p) {
        double sum = Arrays.stream(p).sum();
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
    }

    /** Pearson's statistic over cells of at least ten expected draws, the rest pooled. */
    private static void assertChiSquare(int[] counts, double[] expected, int draws) {
        double statistic = 0;
        int cells = 0;
        double pooledExpected = 0;
        double pooledCount = 0;
        for (int i = 0; i < counts.length; i++) {
            double mean = expected[i] * draws;
            if (mean >= 10) {
                statistic += Math.pow(counts[i] - mean, 2) / mean;
                cells++;
            } else {
                pooledExpected += mean;
                pooledCount += counts[i];
            }
        }
        if (pooledExpected >= 10) {
            statistic += Math.pow(pooledCount - pooledExpected, 2) / pooledExpected;
            cells++;
        }
        int degrees = cells - 1;
        // Four standard deviations above the mean of chi-square, and a little for few degrees of freedom.
        assertThat(statistic).isLessThanOrEqualTo(degrees + 4 * Math.sqrt(2.0 * degrees) + 6);
    }
}
