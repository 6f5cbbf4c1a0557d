package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.FieldMapping;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.model.ModelFacts;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RewardModelRunTest {
    @TempDir
    Path directory;

    @Test
    void aRewardModelLearnsTheOrderOfHeldOutAnswers() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec().build());

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(run.getModelsList()).containsExactly("reward@1");
            assertThat(bench.metric(run.getRunId(), "eval/accuracy")).last().isEqualTo(1.0);
            List<Double> margins = bench.metric(run.getRunId(), "eval/margin");
            assertThat(margins.get(1)).isGreaterThan(margins.get(0)).isPositive();
            assertThat(run.getMetricsOrThrow("eval/max_reward"))
                    .isGreaterThan(run.getMetricsOrThrow("eval/min_reward"));
            try (FrozenModel model =
                    FrozenModel.load(bench.store().directory(ModelVersion.parse("reward@1")), ComputeSettings.cpu(1))) {
                assertThat(model.config().head()).isEqualTo(HeadKind.SCORE);
            }
        }
    }

    @Test
    void adaptersAndTheScoreHeadLearnTheOrderToo() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            spec.getRewardModelBuilder()
                    .setLora(Lora.newBuilder().setRank(4))
                    .getOptimizerBuilder()
                    .setLearningRate(1e-2);
            Run run = bench.run(spec.build());

            assertThat(run.getFailure()).isEmpty();
            List<Double> margins = bench.metric(run.getRunId(), "eval/margin");
            assertThat(margins.get(1)).isGreaterThan(margins.get(0)).isPositive();
            Path version = bench.store().directory(ModelVersion.parse("reward@1"));
            assertThat(version.resolve("adapter/adapter_config.json")).content().contains("\"score\"");
        }
    }

    @Test
    void aPromptThatDoesNotFitAMicroBatchIsLearntAllTheSame() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            List<Double> together = bench.metric(bench.run(spec.build()).getRunId(), "loss");
            spec.getRewardModelBuilder().getCourseBuilder().setMicroBatchTokens(12);
            List<Double> apart = bench.metric(bench.run(spec.build()).getRunId(), "loss");

            Bench.assertClose(apart, together);
        }
    }

    @Test
    void theBestAnswersOfTheTrainingDataScoreZeroOnAverageInTheEnd() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            spec.getRewardModelBuilder().getDataBuilder().clearEvalFraction().setEvalPath(ranked());
            spec.getRewardModelBuilder().getCourseBuilder().setEvaluateEvery(1);
            Run run = bench.run(spec.build());

            double bias = bench.metric(run.getRunId(), "score_bias").get(0);
            assertThat(bias).isNotZero();
            assertThat(bestScores(bench, "reward@1").getAverage()).isCloseTo(0, Offset.offset(1e-5));

            spec.getRewardModelBuilder().setCenterScores(false).clearDemonstrations();
            Run plain = bench.run(spec.build());
            assertThat(bench.metric(plain.getRunId(), "score_bias")).isEmpty();
            assertThat(bestScores(bench, "reward@2").getAverage()).isCloseTo(-bias, Offset.offset(1e-4));
            assertThat(run.getMetricsOrThrow("eval/mean_reward"))
                    .as("the last evaluation reads scores with the bias")
                    .isNegative()
                    .isCloseTo(plain.getMetricsOrThrow("eval/mean_reward") + bias, Offset.offset(1e-4));
            assertThat(bench.metric(plain.getRunId(), "loss")).isEqualTo(bench.metric(run.getRunId(), "loss"));
            assertThat(bench.weights("reward@2")).as("a bias is no weight").isEqualTo(bench.weights("reward@1"));
        }
    }

    @Test
    void demonstrationsMayBeGivenAndARewardModelThatIsTaughtFurtherIsCentredAnew() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            spec.getRewardModelBuilder()
                    .setDemonstrations(TestData.write(
                            directory.resolve("demonstrations.jsonl"),
                            List.of("{\"prompt\": \"question 1\", \"completion\": \" maybe\"}")));
            Run run = bench.run(spec.build());
            assertThat(run.getFailure()).isEmpty();
            assertThat(score(bench, "reward@1", " maybe")).isCloseTo(0, Offset.offset(1e-5));

            spec.getRewardModelBuilder().setModel("reward@1");
            bench.run(spec.build());
            assertThat(score(bench, "reward@2", " maybe")).isCloseTo(0, Offset.offset(1e-5));
        }
    }

    @Test
    void aKilledAndResumedRunEndsWithTheBiasOfAnUninterruptedOne() {
        RunSpec.Builder spec = spec();
        spec.getRewardModelBuilder().getCourseBuilder().setCheckpointEvery(3);
        double uninterrupted;
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            uninterrupted = bench.metric(bench.run(spec.build()).getRunId(), "score_bias")
                    .get(0);
        }
        Bench bench = Bench.in(directory.resolve("b"));
        String id = bench.create(spec.build());
        while (bench.get(id).getStep() < 5) {
            bench.poll();
        }
        bench = bench.restarted();
        while (bench.metric(id, "score_bias").isEmpty()) {
            bench.poll();
        }
        bench = bench.restarted();
        try (Bench last = bench) {
            while (!last.ended(id)) {
                last.poll();
            }
            assertThat(last.get(id).getFailure()).isEmpty();
            assertThat(last.metric(id, "score_bias")).containsExactly(uninterrupted);
            assertThat(bias(last, "reward@1")).isEqualTo(uninterrupted);
        }
    }

    @Test
    void anEvaluationTellsDistancesSourcesAndCalibration() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            spec.getRewardModelBuilder()
                    .setData(TestData.data(
                                    directory.resolve("sources.jsonl"),
                                    20,
                                    i -> TestData.ranking(i)
                                            .replace(
                                                    "\"ranks\"",
                                                    "\"from\": \"" + (i % 2 == 0 ? "people" : "judges")
                                                            + "\", \"ranks\""))
                            .setEvalPath(directory.resolve("sources.jsonl").toString())
                            .setFields(FieldMapping.newBuilder().setSource("from")));
            Run run = bench.run(spec.build());

            double pairs = 3 + 2;
            assertThat((3 * run.getMetricsOrThrow("eval/accuracy_rank_distance_1")
                                    + 2 * run.getMetricsOrThrow("eval/accuracy_rank_distance_2"))
                            / pairs)
                    .isCloseTo(run.getMetricsOrThrow("eval/accuracy"), Offset.offset(1e-12));
            assertThat(run.getMetricsMap()).doesNotContainKey("eval/accuracy_rank_distance_3");
            assertThat((run.getMetricsOrThrow("eval/source/people/margin")
                                    + run.getMetricsOrThrow("eval/source/judges/margin"))
                            / 2)
                    .isCloseTo(run.getMetricsOrThrow("eval/margin"), Offset.offset(1e-9));
            assertThat(run.getMetricsOrThrow("eval/expected_calibration_error")).isBetween(0.0, 1.0);
            assertThat(run.getMetricsOrThrow("eval/brier_score")).isBetween(0.0, 0.25);
            assertThat(run.getMetricsMap()).doesNotContainKeys("source/people/accuracy", "brier_score");
        }
    }

    @Test
    void pairsAreListsOfTwo() {
        String pairs = "{\"prompt\": \"question %d\", \"chosen\": \" yes\", \"rejected\": \" no no\", \"margin\": 0.5}";
        String lists = "{\"prompt\": \"question %d\", \"completions\": [\" yes\", \" no no\"], \"ranks\": [1, 2],"
                + " \"margins\": [0.5]}";
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            spec.getRewardModelBuilder()
                    .setData(TestData.data(directory.resolve("pairs.jsonl"), 20, pairs::formatted)
                            .setEvalFraction(0.2));
            Run ofPairs = bench.run(spec.build());
            spec.getRewardModelBuilder()
                    .setData(TestData.data(directory.resolve("lists.jsonl"), 20, lists::formatted)
                            .setEvalFraction(0.2));
            Run ofLists = bench.run(spec.build());

            assertThat(ofPairs.getFailure()).isEmpty();
            assertThat(bench.weights("reward@1")).isEqualTo(bench.weights("reward@2"));
            assertThat(bench.metric(ofPairs.getRunId(), "loss")).isEqualTo(bench.metric(ofLists.getRunId(), "loss"));
            assertThat(bench.metric(ofPairs.getRunId(), "eval/loss"))
                    .isEqualTo(bench.metric(ofLists.getRunId(), "eval/loss"));

            spec.getRewardModelBuilder()
                    .setData(TestData.data(
                                    directory.resolve("plain.jsonl"),
                                    20,
                                    i -> pairs.formatted(i).replace(", \"margin\": 0.5", ""))
                            .setEvalFraction(0.2));
            Run withoutMargin = bench.run(spec.build());
            assertThat(bench.metric(withoutMargin.getRunId(), "loss").get(0))
                    .as("a margin makes the same scores say less")
                    .isLessThan(bench.metric(ofPairs.getRunId(), "loss").get(0));
        }
    }

    private String ranked() {
        return directory.resolve("ranked.jsonl").toString();
    }

    /** The scores of the best answer of every list. */
    private static DoubleSummaryStatistics bestScores(Bench bench, String model) {
        return IntStream.range(0, 20)
                .mapToDouble(i -> score(bench, model, "question " + i, " yes"))
                .summaryStatistics();
    }

    private static double score(Bench bench, String model, String answer) {
        return score(bench, model, "question 1", answer);
    }

    /** What a judge reads of a published model. */
    private static double score(Bench bench, String model, String prompt, String answer) {
        Path published = bench.store().directory(ModelVersion.parse(model));
        try (Tokenizer tokenizer = Tokenizer.load(published);
                FrozenModel frozen = FrozenModel.load(published, ComputeSettings.cpu(1))) {
            TokenSequence sequence = new TextEncoder(tokenizer).example(prompt, answer, true);
            return frozen.evaluate(new MicroBatch(List.of(sequence), 1)).scores()[0];
        }
    }

    private static double bias(Bench bench, String model) {
        return ModelFacts.read(bench.store().directory(ModelVersion.parse(model)))
                .config()
                .scoreBias();
    }

    private RunSpec.Builder spec() {
        return TestSpecs.rewardModel(directory);
    }
}
