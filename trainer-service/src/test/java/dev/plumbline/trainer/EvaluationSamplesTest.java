package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.page.RunPage;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EvaluationSamplesTest {
    private static final Offset<Double> ROUNDING = Offset.offset(1e-4);

    @TempDir
    Path directory;

    @Test
    void aRewardModelShowsHowItRanksTheSameHeldOutAnswersAtEveryEvaluation() {
        RunSpec.Builder spec = TestSpecs.rewardModel(directory);
        spec.getRewardModelBuilder().getCourseBuilder().setEvaluateEvery(4);
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec.build());
            assertThat(run.getFailure()).isEmpty();
            String id = run.getRunId();

            assertThat(bench.runs().record(id).sampledSteps()).containsExactly(0L, 4L, 8L);
            List<EvaluationSample> last = bench.runs().samples(id, 8);
            assertThat(texts(bench.runs().samples(id, 0))).isEqualTo(texts(last));
            assertThat(last).hasSize(4 * 4).allSatisfy(sample -> {
                assertThat(sample.getPrompt()).matches("question [0-9]+");
                assertThat(sample.getPairs())
                        .as("of four answers, two of them tied")
                        .isEqualTo(5);
                assertThat((double) sample.getReward())
                        .as("what a judge with these weights says")
                        .isCloseTo(score(bench, sample.getPrompt(), sample.getAnswer()), ROUNDING);
            });
            assertThat(last.subList(0, 4))
                    .extracting(EvaluationSample::getAnswer, EvaluationSample::getRank)
                    .containsExactly(tuple(" yes", 1), tuple(" no no", 2), tuple(" maybe", 3), tuple(" perhaps", 3));
            List<Float> rewards =
                    last.subList(0, 4).stream().map(EvaluationSample::getReward).toList();
            assertThat(last.get(3).getMargin())
                    .as("the least over the two better answers")
                    .isCloseTo(Math.min(rewards.get(0), rewards.get(1)) - rewards.get(3), ROUNDING);
            for (long step : new long[] {0, 8}) {
                assertThat(bench.runs().samples(id, step).stream()
                                .collect(Collectors.averagingDouble(
                                        sample -> sample.getPairsInOrder() / (double) sample.getPairs())))
                        .isCloseTo(bench.metric(id, "eval/accuracy").get((int) step / 4), ROUNDING);
            }
        }
    }

    @Test
    void dpoShowsTheImplicitRewardsOfChosenAndRejectedAnswers() {
        String pair = "{\"prompt\": \"question %d\", \"chosen\": \" yes\", \"rejected\": \" no no\"}";
        RunSpec spec = RunSpec.newBuilder()
                .setName("dpo")
                .setDpo(DpoSpec.newBuilder()
                        .setModel(
                                TestModels.checkpoint("llama").toAbsolutePath().toString())
                        .setData(TestData.data(directory.resolve("pairs.jsonl"), 20, pair::formatted)
                                .setEvalFraction(0.2))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(1e-3))
                        .setBatchSize(4)
                        .setEpochs(2)
                        .setCourse(Course.getDefaultInstance()))
                .build();
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec);
            assertThat(run.getFailure()).isEmpty();
            String id = run.getRunId();

            assertThat(bench.runs().samples(id, 0))
                    .hasSize(4 * 2)
                    .as("the policy begins as its own reference")
                    .allSatisfy(
                            sample -> assertThat((double) sample.getReward()).isCloseTo(0, ROUNDING));
            List<EvaluationSample> last = bench.runs().samples(id, 8);
            for (int i = 0; i < last.size(); i += 2) {
                EvaluationSample chosen = last.get(i);
                EvaluationSample rejected = last.get(i + 1);
                assertThat(chosen.getPromptId()).isEqualTo(rejected.getPromptId());
                assertThat(List.of(chosen.getAnswer(), rejected.getAnswer())).containsExactly(" yes", " no no");
                assertThat(List.of(chosen.getRank(), rejected.getRank())).containsExactly(1, 2);
                assertThat(List.of(chosen.getPairsInOrder(), rejected.getPairsInOrder()))
                        .containsExactly(1, 1);
                assertThat(chosen.getMargin())
                        .isEqualTo(rejected.getMargin())
                        .isCloseTo((double) chosen.getReward() - rejected.getReward(), ROUNDING);
            }
            assertThat(last.stream().collect(Collectors.averagingDouble(EvaluationSample::getMargin)))
                    .isCloseTo(run.getMetricsOrThrow("eval/rewards/margins"), ROUNDING)
                    .isPositive();
            assertThat(RunPage.of(bench.runs(), List.of(id)))
                    .contains("Samples after step 8", "<th>Rank</th><th>Reward</th><th>Margin</th>")
                    .doesNotContain("<th>Loss</th>", "<th>Components</th>");
        }
    }

    @Test
    void fineTuningShowsTheLossOfAFewAnswersSpreadOverTheHeldOutOnes() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.getSftBuilder()
                .getDataBuilder()
                .clearEvalFraction()
                .setEvalPath(TestData.data(directory.resolve("eval.jsonl"), 60, TestData::demonstration)
                        .getPath());
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec.build());
            assertThat(run.getFailure()).isEmpty();
            String id = run.getRunId();

            List<EvaluationSample> samples = bench.runs().samples(id, run.getStep());
            assertThat(samples)
                    .extracting(EvaluationSample::getPromptId)
                    .isEqualTo(IntStream.range(0, 20)
                            .mapToObj(i -> "held-out-" + 3 * i)
                            .toList());
            assertThat(samples)
                    .extracting(sample -> sample.getPrompt() + sample.getAnswer())
                    .isEqualTo(IntStream.range(0, 20)
                            .map(i -> 3 * i % 10)
                            .mapToObj(number -> "number " + number + " is " + (number + 1) % 10)
                            .toList());
            // In every third of sixty lines each answer occurs as often as in the others.
            assertThat(meanLoss(bench, samples)).isCloseTo(run.getMetricsOrThrow("eval/loss"), ROUNDING);
            assertThat(RunPage.of(bench.runs(), List.of(id)))
                    .contains("<th>Prompt</th><th>Answer</th><th>Loss</th></tr>");
        }
    }

    private static List<String> texts(List<EvaluationSample> samples) {
        return samples.stream()
                .map(sample -> sample.getPromptId() + sample.getPrompt() + sample.getAnswer())
                .toList();
    }

    /** By token, not by answer. */
    private static double meanLoss(Bench bench, List<EvaluationSample> samples) {
        double nats = 0;
        int tokens = 0;
        try (Tokenizer tokenizer = Tokenizer.load(bench.store().directory(ModelVersion.parse("policy@1")))) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            for (EvaluationSample sample : samples) {
                int length = encoder.example(sample.getPrompt(), sample.getAnswer(), true)
                        .responseLength();
                nats += length * sample.getLoss();
                tokens += length;
            }
        }
        return nats / tokens;
    }

    private static double score(Bench bench, String prompt, String answer) {
        Path published = bench.store().directory(ModelVersion.parse("reward@1"));
        try (Tokenizer tokenizer = Tokenizer.load(published);
                FrozenModel model = FrozenModel.load(published, ComputeSettings.cpu(1))) {
            return model.evaluate(new MicroBatch(List.of(new TextEncoder(tokenizer).example(prompt, answer, true)), 1))
                    .scores()[0];
        }
    }
}
