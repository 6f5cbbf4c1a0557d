package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.KlPlacement;
import dev.plumbline.proto.trainer.v1.LossAggregation;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.RatioLevel;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policy, critic and texts beside them, learnt from in micro-batches of several sizes. */
final class PpoMicroBatchTest {
    private static final String POLICY = "policy";
    private static final String CRITIC = "critic";

    /** Of the largest change of a weight: what sums in another order may differ by; 1.7e-6 was measured. */
    private static final double TOLERANCE = 1e-5;

    @TempDir
    Path directory;

    private RunSpec.Builder spec;

    /**
     * A step of four updates. With an epsilon far above the gradients AdamW moves weights in proportion to them, so that a
     * loss that is divided by too little shows as well as one that is divided by what differs between micro-batches.
     */
    @BeforeEach
    void specify() {
        Optimizer.Builder proportional =
                Optimizer.newBuilder().setLearningRate(1).setEpsilon(10).setMaxGradientNorm(0);
        spec = TestSpecs.ppo(directory, 1);
        spec.getPpoBuilder()
                .setInnerEpochs(2)
                .setOptimizer(proportional)
                .setCriticOptimizer(proportional)
                .setCritic(TestModels.reward("llama", directory, 1).toString())
                .setPtx(PretrainingMix.newBuilder()
                        .setData(TestData.data(directory.resolve("texts.jsonl"), 10, PpoMicroBatchTest::text))
                        .setCoefficient(0.5)
                        .setExamplesPerEpisode(0.5));
    }

    private static String text(int i) {
        return "{\"text\": \"number" + " number".repeat(i % 4) + "\"}";
    }

    @Test
    void microBatchesChangeTheWeightsByRoundingOnly() {
        assertThatMicroBatchesChangeNothing(POLICY, CRITIC);
    }

    @Test
    void norWhereEachAnswerIsDividedByItsLength() {
        withoutCritic()
                .setAggregation(LossAggregation.LOSS_AGGREGATION_SEQUENCE_MEAN)
                .setKlPlacement(KlPlacement.KL_PLACEMENT_LOSS);
        assertThatMicroBatchesChangeNothing(POLICY);
    }

    @Test
    void norWhereEachAnswerHasOneRatio() {
        withoutCritic().setRatio(RatioLevel.RATIO_LEVEL_SEQUENCE);
        assertThatMicroBatchesChangeNothing(POLICY);
    }

    private PpoSpec.Builder withoutCritic() {
        return spec.getPpoBuilder()
                .clearCritic()
                .clearCriticOptimizer()
                .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD);
    }

    private void assertThatMicroBatchesChangeNothing(String... learners) {
        try (Bench bench = Bench.in(directory.resolve("whole"))) {
            String whole = run(bench, 4096);
            // Every sequence alone, and a few of them together.
            for (int tokens : new int[] {1, 40}) {
                try (Bench parts = Bench.in(directory.resolve("parts of " + tokens))) {
                    String inParts = run(parts, tokens);
                    for (String learner : learners) {
                        assertClose(
                                learner + " in micro-batches of " + tokens,
                                TestModels.weights(parts.learner(inParts, 1, learner)),
                                TestModels.weights(bench.learner(whole, 1, learner)),
                                TestModels.weights(bench.learner(whole, 0, learner)));
                    }
                }
            }
        }
    }

    private String run(Bench bench, int microBatchTokens) {
        spec.getPpoBuilder().getCourseBuilder().setMicroBatchTokens(microBatchTokens);
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));
            assertThat(run.getFailure()).isEmpty();
            return run.getRunId();
        }
    }

    private static void assertClose(
            String what,
            SortedMap<String, float[]> actual,
            SortedMap<String, float[]> expected,
            SortedMap<String, float[]> start) {
        double change = largestDifference(expected, start);
        assertThat(change).as("change of %s", what).isGreaterThan(1e-3);
        assertThat(largestDifference(actual, expected) / change).as(what).isCloseTo(0, within(TOLERANCE));
    }

    private static double largestDifference(SortedMap<String, float[]> some, SortedMap<String, float[]> others) {
        assertThat(some.keySet()).isEqualTo(others.keySet());
        List<float[]> left = List.copyOf(some.values());
        List<float[]> right = List.copyOf(others.values());
        double largest = 0;
        for (int tensor = 0; tensor < left.size(); tensor++) {
            for (int i = 0; i < left.get(tensor).length; i++) {
                largest = Math.max(largest, Math.abs(left.get(tensor)[i] - right.get(tensor)[i]));
            }
        }
        return largest;
    }
}
