package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.Ema;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PpoRunTest {
    @TempDir
    Path directory;

    @Test
    void aPolicyLearnsWhatARuleRewards() {
        RunSpec.Builder spec = spec(6);
        spec.getPpoBuilder()
                .setEvaluation(TestData.data(directory.resolve("held-out.jsonl"), 16, i -> TestData.question(i + 100)))
                .setOptimizer(Optimizer.newBuilder().setLearningRate(2e-2))
                .setInnerEpochs(2);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(run.getModelsList()).hasSize(7); // its start, and one after each step
            List<Double> rewards = bench.metric(run.getRunId(), "eval/reward");
            assertThat(rewards).hasSize(2);
            assertThat(rewards.get(0)).isBetween(0.3, 0.7);
            assertThat(rewards.get(1)).isGreaterThan(0.75);
            assertThat(bench.metric(run.getRunId(), "eval/kl").get(0)).isBetween(-1e-3, 1e-3);
            assertThat(bench.metric(run.getRunId(), "objective/kl").get(0)).isBetween(-1e-3, 1e-3);
            assertThat(divergences(bench, 1))
                    .as("the policy is its reference in the first step")
                    .hasSize(16)
                    .allSatisfy(divergence -> assertThat(divergence).isBetween(-1e-3, 1e-3));
            assertThat(divergences(bench, 6))
                    .as("and is not any more in the last")
                    .anySatisfy(divergence -> assertThat(Math.abs(divergence)).isGreaterThan(1e-2));
            assertThat(bench.metric(run.getRunId(), "policy/first_pass_ratio_error"))
                    .hasSize(6)
                    .allSatisfy(error -> assertThat(error).isLessThan(1e-3));
            assertThat(bench.connection()
                            .view()
                            .run(run.getRunId())
                            .orElseThrow()
                            .getState())
                    .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        }
    }

    @Test
    void aKilledAndResumedRunEndsBitEqualToAnUninterruptedOneAndPublishesNothingTwice() {
        RunSpec.Builder averaged = spec(5);
        averaged.getPpoBuilder().setEma(Ema.getDefaultInstance());
        RunSpec spec = averaged.build();
        Map<String, String> uninterrupted = finalWeights(directory.resolve("a"), spec, services -> services);

        Bench bench = Bench.in(directory.resolve("b"));
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec);
            for (long killedAt : new long[] {0, 1, 3, 4}) {
                while (bench.get(id).getStep() < killedAt || bench.get(id).getModelsCount() == 0) {
                    bench.poll();
                    services.poll();
                }
                bench = bench.restarted();
            }
            try (Bench last = bench) {
                Run run = services.finish(last, id);
                assertThat(run.getFailure()).isEmpty();
                assertThat(run.getModelsList())
                        .containsExactly(
                                "policy@1", "policy@2", "policy@3", "policy@4", "policy@5", "policy@6", "policy-ema@1");
                assertThat(finalWeights(last, run)).isEqualTo(uninterrupted);
                assertThat(uninterrupted.values()).doesNotHaveDuplicates();
                assertThat(last.metric(id, "episode")).containsExactly(16.0, 32.0, 48.0, 64.0, 80.0);
                assertThat(last.connection().view().steps(id))
                        .extracting(StepAdmitted::getStep)
                        .containsExactly(1L, 2L, 3L, 4L, 5L);
            }
        }
    }

    @Test
    void everyEvaluationLeavesItsAnswersWithTheirRewardsOnceHoweverOftenTheRunIsKilled() {
        RunSpec.Builder spec = spec(3);
        spec.getPpoBuilder()
                .setEvaluation(TestData.data(directory.resolve("held-out.jsonl"), 3, i -> TestData.question(i + 100)))
                .getCourseBuilder()
                .setEvaluateEvery(1);
        Bench bench = Bench.in(directory.resolve("b"));
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec.build());
            for (int evaluations : new int[] {1, 2, 4}) {
                while (bench.metric(id, "eval/reward").size() < evaluations && !bench.ended(id)) {
                    bench.poll();
                    services.poll();
                }
                bench = bench.restarted();
            }
            try (Bench last = bench) {
                services.finish(last, id);
                assertThat(last.runs().record(id).sampledSteps()).containsExactly(0L, 1L, 2L, 3L);
                List<EvaluationSample> samples = last.runs().samples(id, 2);
                assertThat(samples)
                        .extracting(EvaluationSample::getPrompt)
                        .containsExactly("question 100", "question 101", "question 102");
                assertThat(samples).allSatisfy(sample -> {
                    assertThat(sample.getStep()).isEqualTo(2);
                    assertThat(sample.getModel()).isEqualTo("policy@3");
                    assertThat(sample.getError()).isEmpty();
                    assertThat(sample.getComponentsList())
                            .extracting(RewardComponent::getName, RewardComponent::getValue)
                            .containsExactly(tuple("wanted", sample.getReward()));
                });
                assertThat(samples.stream()
                                .mapToDouble(EvaluationSample::getReward)
                                .average()
                                .orElseThrow())
                        .isCloseTo(last.metric(id, "eval/reward").get(2), Offset.offset(1e-6));
                assertThat(directory.resolve("b/runs/" + id + "/samples.jsonl"))
                        .content()
                        .hasLineCount(12);
            }
        }
    }

    @Test
    void aPolicyOfAdaptersIsPublishedMergedAndResumesBitEqual() {
        RunSpec.Builder adapted = spec(3);
        adapted.getPpoBuilder().setLora(Lora.newBuilder().setRank(4));
        RunSpec spec = adapted.build();
        Map<String, String> uninterrupted = finalWeights(directory.resolve("a"), spec, services -> services);

        Bench bench = Bench.in(directory.resolve("b"));
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec);
            while (bench.get(id).getStep() < 2) {
                bench.poll();
                services.poll();
            }
            try (Bench last = bench.restarted()) {
                Run run = services.finish(last, id);
                assertThat(run.getFailure()).isEmpty();
                assertThat(finalWeights(last, run)).isEqualTo(uninterrupted);
                assertThat(last.weights("policy@4")).isNotEqualTo(last.weights("policy@1"));
            }
        }
    }

    @Test
    void repeatedAndReorderedTrajectoriesChangeNothing() {
        RunSpec spec = spec(3).build();
        Map<String, String> once = finalWeights(directory.resolve("a"), spec, services -> services);
        Map<String, String> often = finalWeights(
                directory.resolve("b"), spec, services -> services.repeating(3).reversing());

        assertThat(often).isEqualTo(once);
    }

    @Test
    void weightsThatGrowOutOfRangeFailTheRunWithTheFix() {
        RunSpec.Builder spec = spec(2);
        spec.getPpoBuilder().setOptimizer(Optimizer.newBuilder().setLearningRate(1e30));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure())
                    .contains("the policy's log-probabilities are no finite numbers any more")
                    .contains("lower the learning rate");
            assertThat(run.getModelsList()).containsExactly("policy@1"); // its start, which is sound
        }
    }

    @Test
    void aStepThatIsLearntAgainWithAnotherResultForksUnderANewNumber() throws IOException {
        RunSpec spec = spec(4).build();
        Bench bench = Bench.in(directory.resolve("a"));
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec);
            while (bench.get(id).getStep() < 3) {
                bench.poll();
                services.poll();
            }
            // As if the weights of step 3, which is learnt again from the checkpoint of step 2, had been others.
            Path published = bench.store().directory(ModelVersion.parse("policy@4"));
            String manifest = Files.readString(published.resolve("manifest.json"));
            Files.writeString(
                    published.resolve("manifest.json"), manifest.replace(bench.weights("policy@4"), "0".repeat(64)));
            try (Bench resumed = bench.restarted()) {
                Run run = services.finish(resumed, id);

                assertThat(run.getFailure()).isEmpty();
                assertThat(run.getModelsList())
                        .containsExactly("policy@1", "policy@2", "policy@3", "policy@4", "policy@5", "policy@6");
                assertThat(run.getNotesList())
                        .anySatisfy(note -> assertThat(note)
                                .contains("step 3 was learnt again after a resume with another result: policy@5"));
                assertThat(resumed.connection().view().models())
                        .filteredOn(model -> model.getName().equals("policy"))
                        .extracting(ModelPublished::getStep)
                        .startsWith(0L)
                        .endsWith(3L, 3L, 4L);
            }
        }
    }

    @Test
    void staleAnswersAreAdmittedAheadAndWeighted() {
        RunSpec.Builder spec = spec(4);
        spec.getPpoBuilder().setMaxStaleness(1);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            assertThat(bench.metric(run.getRunId(), "staleness/max"))
                    .hasSize(4)
                    .allSatisfy(staleness -> assertThat(staleness).isBetween(0.0, 1.0))
                    .contains(1.0);
            assertThat(bench.metric(run.getRunId(), "behaviour/rejected")).hasSize(4);
            assertThat(bench.connection().view().steps(run.getRunId()))
                    .extracting(StepAdmitted::getMinPolicy)
                    .containsExactly("policy@1", "policy@1", "policy@2", "policy@3");
        }
    }

    @Test
    void withoutTruncationStaleAnswersAreLearntFromAsTheyAre() {
        RunSpec.Builder spec = spec(3);
        spec.getPpoBuilder().setMaxStaleness(1).setBehaviourTruncation(0);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            assertThat(bench.metric(run.getRunId(), "staleness/max")).contains(1.0);
            assertThat(bench.metric(run.getRunId(), "behaviour/truncated")).containsOnly(0.0);
            assertThat(bench.metric(run.getRunId(), "behaviour/rejected")).containsOnly(0.0);
        }
    }

    @Test
    void anAnswerThatWasCutOffIsWorthWhatTheCriticExpectsOfItsRest() {
        RunSpec.Builder spec = spec(3);
        Map<String, String> atItsEnd = finalWeights(directory.resolve("a"), spec.build(), services -> services);
        spec.getPpoBuilder().setBootstrapTruncated(true);
        Map<String, String> goingOn = finalWeights(directory.resolve("b"), spec.build(), services -> services);

        assertThat(goingOn).isNotEqualTo(atItsEnd);
    }

    @Test
    void pretrainingTextIsMixedIn() {
        RunSpec.Builder spec = spec(2);
        spec.getPpoBuilder()
                .setPtx(PretrainingMix.newBuilder()
                        .setData(TestData.data(directory.resolve("texts.jsonl"), 10, TestData::text))
                        .setCoefficient(0.5)
                        .setExamplesPerEpisode(0.5));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            assertThat(bench.metric(run.getRunId(), "loss/ptx_avg"))
                    .hasSize(2)
                    .allSatisfy(loss -> assertThat(loss).isBetween(2.5, 3.5)); // half of about ln 480
            assertThat(bench.metric(run.getRunId(), "gradient_norm/ptx"))
                    .hasSize(2)
                    .allSatisfy(norm -> assertThat(norm).isPositive());
            assertThat(bench.metric(run.getRunId(), "gradient_norm/total"))
                    .hasSize(2)
                    .allSatisfy(norm -> assertThat(norm).isPositive());
        }
    }

    private static Map<String, String> finalWeights(
            Path directory, RunSpec spec, UnaryOperator<HandMadeServices> manner) {
        try (Bench bench = Bench.in(directory);
                HandMadeServices services = manner.apply(new HandMadeServices(bench.topics()))) {
            Run run = services.finish(bench, bench.create(spec));
            assertThat(run.getFailure()).isEmpty();
            return finalWeights(bench, run);
        }
    }

    /** Digests of the last version of every model that the run has published, by name. */
    private static Map<String, String> finalWeights(Bench bench, Run run) {
        Map<String, String> last = new TreeMap<>();
        run.getModelsList().forEach(model -> last.put(ModelVersion.parse(model).name(), model));
        last.replaceAll((name, model) -> bench.weights(model));
        return last;
    }

    /** Σ log μ − log π_ref of every answer of a step, nats. */
    private static List<Double> divergences(Bench bench, long step) {
        List<Double> divergences = new ArrayList<>();
        for (Trajectory trajectory : bench.trajectories(step)) {
            for (int i = 0; i < trajectory.getJudgementsCount(); i++) {
                divergences.add(sum(trajectory.getRollout().getSamples(i).getLogprobsList())
                        - sum(trajectory.getJudgements(i).getReferenceLogprobsList()));
            }
        }
        return divergences;
    }

    private static double sum(List<Float> logProbs) {
        return logProbs.stream().mapToDouble(Float::doubleValue).sum();
    }

    private RunSpec.Builder spec(int steps) {
        return TestSpecs.ppo(directory, steps);
    }
}
