package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.RewardEvaluation;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.serving.error.CallerFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of eight steps with candidates after steps 0, 2, 4, 6 and 8, of which the services like the third best. */
final class SftSelectionTest {
    private static final int HELD_OUT = 8;

    @TempDir
    Path directory;

    @Test
    void everyCandidateIsJudgedByItsAnswersAndTheBestAndNotTheLastIsTheResult() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics()).liking(SftSelectionTest::worth)) {
            Run run = services.finish(bench, bench.create(spec().build()));
            String id = run.getRunId();

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(run.getStep()).isEqualTo(8);
            assertThat(bench.metric(id, "eval/score")).containsExactly(1.0, 2.0, 3.0, 2.0, 1.0);
            assertThat(bench.metric(id, "eval/rewards/wanted")).isEqualTo(bench.metric(id, "eval/score"));
            assertThat(bench.metric(id, "eval/prompts")).hasSize(5).containsOnly((double) HELD_OUT);
            assertThat(bench.metric(id, "eval/errors")).hasSize(5).containsOnly(0.0);
            assertThat(bench.metric(id, "eval/length")).hasSize(5);
            assertThat(bench.metric(id, "eval/kl")).isEmpty();
            List<Double> losses = bench.metric(id, "eval/loss");
            assertThat(losses).hasSize(5);
            assertThat(losses.get(4)).as("by its loss the last is better").isLessThan(losses.get(2));

            assertThat(run.getModelsList()).containsExactly("policy@1");
            assertThat(bench.weights("policy@1"))
                    .isEqualTo(bench.weights("policy-candidate@3"))
                    .isNotEqualTo(bench.weights("policy-candidate@5"));
            assertThat(run.getNotesList())
                    .contains(
                            "policy@1 has the weights of step 4 (policy-candidate@3), the best by highest eval/score");
            assertThat(bench.connection().view().models())
                    .extracting(model -> model.getName() + "@" + model.getVersion() + " of step " + model.getStep()
                            + " from " + model.getParent())
                    .containsExactly(
                            "llama-empty@1 of step 0 from ",
                            "policy@1 of step 4 from policy-candidate@3",
                            "policy-candidate@3 of step 4 from llama-empty@1",
                            "policy-candidate@5 of step 8 from llama-empty@1");
            assertThat(bench.connection().view().hasEnded(id)).isTrue();
        }
    }

    @Test
    void theAnswersOfEveryCandidateAreInTheRunsTable() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics()).liking(SftSelectionTest::worth)) {
            String id = services.finish(bench, bench.create(spec().build())).getRunId();

            assertThat(bench.runs().record(id).sampledSteps()).containsExactly(0L, 2L, 4L, 6L, 8L);
            List<EvaluationSample> samples = bench.runs().samples(id, 6);
            assertThat(samples).hasSize(HELD_OUT).allSatisfy(sample -> {
                assertThat(sample.getPrompt()).matches("number [0-9]");
                assertThat(sample.getModel()).isEqualTo("policy-candidate@4");
                assertThat(sample.getError()).isEmpty();
                assertThat(sample.getReward()).isEqualTo(2);
                assertThat(sample.getComponentsList())
                        .extracting(RewardComponent::getName, RewardComponent::getValue)
                        .containsExactly(tuple("wanted", 2f));
            });
        }
    }

    @Test
    void aCandidateThatWasNotJudgedWhenTheRunWasKilledIsAskedAgainAndNoOtherIs() {
        String uninterrupted;
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics()).liking(SftSelectionTest::worth)) {
            services.finish(bench, bench.create(spec().build()));
            uninterrupted = bench.weights("policy@1");
        }
        Bench bench = Bench.in(directory.resolve("b"));
        try (HandMadeServices services = new HandMadeServices(bench.topics()).liking(SftSelectionTest::worth)) {
            String id = bench.create(spec().build());
            while (!waiting(bench, id).equals("the evaluation after step 2 waits for 8 of 8 answers")) {
                bench.poll();
                if (bench.get(id).getStep() < 2) {
                    services.poll();
                }
            }
            bench = bench.restarted();
            while (bench.get(id).getStep() < 7) {
                bench.poll();
                services.poll();
            }
            bench = bench.restarted();
            try (Bench last = bench) {
                Run run = services.finish(last, id);

                assertThat(run.getFailure()).isEmpty();
                assertThat(run.getModelsList()).containsExactly("policy@1");
                assertThat(last.weights("policy@1"))
                        .isEqualTo(uninterrupted)
                        .isEqualTo(last.weights("policy-candidate@3"));
                assertThat(last.metric(id, "eval/score")).containsExactly(1.0, 2.0, 3.0, 2.0, 1.0);
                assertThat(last.runs().record(id).sampledSteps()).containsExactly(0L, 2L, 4L, 6L, 8L);
                assertThat(directory.resolve("b/runs/" + id + "/samples.jsonl"))
                        .content()
                        .hasLineCount(5 * HELD_OUT);
                assertThat(asked(last))
                        .isEqualTo(Map.of(
                                "policy-candidate@1", HELD_OUT,
                                "policy-candidate@2", 2 * HELD_OUT,
                                "policy-candidate@3", HELD_OUT,
                                "policy-candidate@4", HELD_OUT,
                                "policy-candidate@5", HELD_OUT));
            }
        }
    }

    @Test
    void candidatesOfAdaptersHoldThemAddedToTheWeightsAndSoDoesTheResult() {
        RunSpec.Builder pretraining = TestSpecs.sft(directory);
        pretraining.getSftBuilder().setOutput("base");
        RunSpec.Builder spec = spec();
        spec.getSftBuilder()
                .setModel("base@1")
                .setOptimizer(Optimizer.newBuilder().setLearningRate(1e-2))
                .setLora(Lora.newBuilder().setRank(4));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics()).liking(SftSelectionTest::worth)) {
            bench.run(pretraining.build());
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getModelsList()).containsExactly("policy@1");
            assertThat(bench.weights("policy@1"))
                    .isEqualTo(bench.weights("policy-candidate@3"))
                    .isNotEqualTo(bench.weights("policy-candidate@5"))
                    .isNotEqualTo(bench.weights("base@1"));
            assertThat(bench.store().directory(ModelVersion.parse("policy@1")).resolve("adapter/adapter_config.json"))
                    .isRegularFile();
            // What was published says what was learnt by step 4.
            RunSpec.Builder next = TestSpecs.sft(directory);
            next.getSftBuilder().setModel("policy@1").setOutput("next");
            Run checked = bench.run(next.build());
            assertThat(bench.metric(checked.getRunId(), "eval/loss").get(0))
                    .isCloseTo(bench.metric(run.getRunId(), "eval/loss").get(2), Offset.offset(1e-5));
        }
    }

    @Test
    void withoutAnyScoreTheLastStepsWeightsAreTheResultAndTheRunSaysSo() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics()).failing(prompt -> true)) {
            Run run = services.finish(bench, bench.create(spec().build()));

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(bench.metric(run.getRunId(), "eval/errors")).hasSize(5).containsOnly((double) HELD_OUT);
            assertThat(bench.runs().samples(run.getRunId(), 8))
                    .hasSize(HELD_OUT)
                    .allSatisfy(sample ->
                            assertThat(sample.getError()).isEqualTo("CONTEXT_TOO_LONG: too long for this test"));
            assertThat(run.getNotesList())
                    .contains(
                            "policy@1 has the weights of step 8 (policy-candidate@5), the last, since no evaluation has"
                                    + " what course.best_by names");
        }
    }

    @Test
    void withoutHeldOutDemonstrationsTheRunIsRefused() {
        RunSpec.Builder spec = spec();
        spec.getSftBuilder().getDataBuilder().clearEvalFraction();
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            assertThatThrownBy(() -> bench.create(spec.build()))
                    .isInstanceOf(CallerFault.class)
                    .hasMessageContaining("set data.eval_fraction or data.eval_path");
        }
    }

    /** The later a candidate is, the better up to the third, and then the worse. */
    private static double worth(ModelVersion candidate) {
        return 3 - Math.abs(3 - candidate.version());
    }

    private static String waiting(Bench bench, String id) {
        return bench.get(id).getWaiting().getReason();
    }

    /** How many prompts each version was to answer. */
    private static Map<String, Integer> asked(Bench bench) {
        Map<String, Integer> asked = new TreeMap<>();
        try (LogReader<Prompt> reader =
                new LogReader<>(bench.topics(), bench.topics().prompts())) {
            Map<Integer, Long> ends = reader.endOffsets();
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                for (Fetched<Prompt> fetched : reader.poll(Duration.ofMillis(100))) {
                    asked.merge(((Incoming<Prompt>) fetched).message().getRequiredModel(), 1, Integer::sum);
                }
            }
        }
        return asked;
    }

    private RunSpec.Builder spec() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.getSftBuilder()
                .setCourse(Course.newBuilder().setEvaluateEvery(2))
                .setRewardEvaluation(RewardEvaluation.newBuilder()
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("wanted")
                                        .setLength(LengthReward.getDefaultInstance())))
                        .setStopping(Stopping.newBuilder().setMaxTokens(8)));
        return spec;
    }
}
