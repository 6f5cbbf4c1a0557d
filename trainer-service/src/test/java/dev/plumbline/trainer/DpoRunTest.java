package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.model.ModelFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DpoRunTest {
    @TempDir
    Path directory;

    @Test
    void aPolicyLearnsToPreferTheBetterOfHeldOutAnswers() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec().build());

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(run.getModelsList()).containsExactly("policy@1");
            assertThat(ModelFacts.read(bench.store().directory(ModelVersion.parse("policy@1")))
                            .scores())
                    .isFalse();
            String id = run.getRunId();
            assertThat(bench.metric(id, "loss").get(0))
                    .as("the policy begins as its own reference")
                    .isCloseTo(Math.log(2), Offset.offset(1e-4));
            assertThat(bench.metric(id, "eval/rewards/margins").get(0)).isCloseTo(0, Offset.offset(1e-4));
            assertThat(run.getMetricsOrThrow("eval/rewards/accuracies")).isEqualTo(1);
            assertThat(run.getMetricsOrThrow("eval/rewards/margins"))
                    .isCloseTo(
                            run.getMetricsOrThrow("eval/rewards/chosen")
                                    - run.getMetricsOrThrow("eval/rewards/rejected"),
                            Offset.offset(1e-9))
                    .isPositive();
            assertThat(run.getMetricsMap())
                    .containsKeys(
                            "rewards/chosen",
                            "rewards/rejected",
                            "rewards/accuracies",
                            "rewards/margins",
                            "logps/chosen",
                            "logps/rejected",
                            "gradient_norm/model",
                            "lr");
        }
    }

    @Test
    void rewardsAreMeasuredFromTheReference() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            String own = bench.run(spec.build()).getRunId();
            spec.getDpoBuilder()
                    .setReference(TestModels.random("llama", directory, 3).toString());
            Run run = bench.run(spec.build());

            assertThat(run.getFailure()).isEmpty();
            double beta = 0.1;
            double logProb = bench.metric(run.getRunId(), "eval/logps/chosen").get(0);
            assertThat(logProb).isEqualTo(bench.metric(own, "eval/logps/chosen").get(0));
            // A random model says nearly all tokens alike, so log pi_ref is about -n log V, and r / beta the rest.
            double reference = logProb
                    - bench.metric(run.getRunId(), "eval/rewards/chosen").get(0) / beta;
            assertThat(reference).isNotCloseTo(logProb, Offset.offset(0.1)).isNegative();
        }
    }

    @Test
    void aPromptThatDoesNotFitAMicroBatchIsLearntAllTheSame() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            List<Double> together = bench.metric(bench.run(spec.build()).getRunId(), "loss");
            spec.getDpoBuilder().getCourseBuilder().setMicroBatchTokens(12);
            List<Double> apart = bench.metric(bench.run(spec.build()).getRunId(), "loss");

            Bench.assertClose(apart, together);
        }
    }

    @Test
    void aKilledAndResumedRunEndsBitEqualToAnUninterruptedOne() {
        RunSpec.Builder spec = spec();
        spec.getDpoBuilder().getCourseBuilder().setCheckpointEvery(3).setEvaluateEvery(2);
        String uninterrupted;
        List<Double> losses;
        List<EvaluationSample> samples;
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec.build());
            uninterrupted = bench.weights("policy@1");
            losses = bench.metric(run.getRunId(), "loss");
            samples = bench.runs().samples(run.getRunId(), 8);
        }
        Bench bench = Bench.in(directory.resolve("b"));
        String id = bench.create(spec.build());
        for (long killedAt : new long[] {2, 5}) {
            while (bench.get(id).getStep() < killedAt) {
                bench.poll();
            }
            bench = bench.restarted();
        }
        try (Bench last = bench) {
            while (!last.ended(id)) {
                last.poll();
            }
            assertThat(last.get(id).getFailure()).isEmpty();
            assertThat(last.weights("policy@1")).isEqualTo(uninterrupted);
            assertThat(last.metric(id, "loss")).isEqualTo(losses);
            assertThat(last.runs().record(id).sampledSteps()).containsExactly(0L, 2L, 4L, 6L, 8L);
            assertThat(last.runs().samples(id, 8)).isEqualTo(samples).isNotEmpty();
        }
    }

    @Test
    void theBestCheckpointIsKeptBesideTheNewest() {
        RunSpec.Builder spec = spec();
        spec.getDpoBuilder().getCourseBuilder().setEvaluateEvery(1).setKeepCheckpoints(1);
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            String byAccuracy = bench.run(spec.build()).getRunId();
            List<Double> accuracies = bench.metric(byAccuracy, "eval/rewards/accuracies");
            List<Double> learnt = accuracies.subList(1, accuracies.size());
            long best = learnt.indexOf(Collections.max(learnt)) + 1L;
            assertThat(steps(byAccuracy)).isEqualTo(new TreeSet<>(List.of(best, 8L)));

            spec.getDpoBuilder().getCourseBuilder().setBestBy("highest eval/loss");
            String byLoss = bench.run(spec.build()).getRunId();
            assertThat(bench.metric(byLoss, "eval/loss").subList(1, 9))
                    .as("falls, so that its highest is after the first step")
                    .isSortedAccordingTo(Comparator.reverseOrder());
            assertThat(steps(byLoss)).containsExactly(1L, 8L);
            assertThat(bench.weights("policy@2"))
                    .as("the last step's weights, whichever is the best")
                    .isEqualTo(bench.weights("policy@1"));
        }
    }

    /** Of the checkpoints that a run has. */
    private SortedSet<Long> steps(String id) {
        try (Stream<Path> checkpoints =
                Files.list(directory.resolve("a/runs").resolve(id).resolve("checkpoints"))) {
            return checkpoints
                    .map(checkpoint ->
                            Long.valueOf(checkpoint.getFileName().toString().replace("step-", "")))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void pairsAreListsOfTwo() {
        String pairs = "{\"prompt\": \"question %d\", \"chosen\": \" yes\", \"rejected\": \" no no\"}";
        String lists = "{\"prompt\": \"question %d\", \"completions\": [\" no no\", \" yes\"], \"ranks\": [2, 1]}";
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            spec.getDpoBuilder().setLabelSmoothing(0.1);
            spec.getDpoBuilder()
                    .setData(TestData.data(directory.resolve("pairs.jsonl"), 20, pairs::formatted)
                            .setEvalFraction(0.2));
            String ofPairs = bench.run(spec.build()).getRunId();
            spec.getDpoBuilder()
                    .setData(TestData.data(directory.resolve("lists.jsonl"), 20, lists::formatted)
                            .setEvalFraction(0.2));
            String ofLists = bench.run(spec.build()).getRunId();

            for (String metric :
                    List.of("loss", "logps/chosen", "logps/rejected", "eval/loss", "eval/rewards/margins")) {
                List<Double> expected = bench.metric(ofPairs, metric);
                assertThat(bench.metric(ofLists, metric)).as(metric).hasSameSizeAs(expected);
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(bench.metric(ofLists, metric).get(i))
                            .as("%s, %d; the answers stand the other way round", metric, i)
                            .isCloseTo(expected.get(i), Offset.offset(1e-4));
                }
            }
        }
    }

    private RunSpec.Builder spec() {
        return TestSpecs.dpo(directory);
    }
}
