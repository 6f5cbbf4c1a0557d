package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.GoldReward;
import dev.plumbline.proto.trainer.v1.GuardrailAction;
import dev.plumbline.proto.trainer.v1.Guardrails;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class GuardedRunTest {
    @TempDir
    Path directory;

    @Test
    void aPolicyThatLeavesItsReferenceIsHaltedBeforeItsNextVersion() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(
                    bench, bench.create(runaway(Guardrails.newBuilder().setMaxKl(0.01))));

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure())
                    .contains("guardrails.max_kl: objective/kl was ")
                    .contains(" at step 2");
            assertThat(run.getModelsList()).containsExactly("policy@1", "policy@2");
            assertThat(bench.metric(run.getRunId(), "objective/kl")).hasSize(2);
        }
    }

    /** Rails, and why a run ends whose engine records a tenth of a nat too little and cuts nearly all answers off. */
    static Stream<Arguments> railsThatBreakAtOnce() {
        return Stream.of(
                Arguments.of(
                        Guardrails.newBuilder().setMaxRatioError(0.1),
                        // e^0.1 − 1
                        "guardrails.max_ratio_error: policy/first_pass_ratio_error was 0.105",
                        "at most 0.1 is allowed at step 1"),
                Arguments.of(
                        Guardrails.newBuilder().setMaxMismatchKl(0.005),
                        // e^0.1 − 1 − 0.1
                        "guardrails.max_mismatch_kl: mismatch_kl was 0.0051",
                        "at most 0.005 is allowed at step 1"),
                Arguments.of(
                        // More than a choice between all 480 tokens has: ln 480 = 6.17.
                        Guardrails.newBuilder().setMinEntropy(6.2),
                        "guardrails.min_entropy: policy/entropy_avg was 6.",
                        "at least 6.2 is allowed at step 1"),
                Arguments.of(
                        Guardrails.newBuilder().setMaxTruncationRate(0.5),
                        "guardrails.max_truncation_rate: completions/clipped_ratio was ",
                        "at most 0.5 is allowed at step 1"));
    }

    @ParameterizedTest
    @MethodSource("railsThatBreakAtOnce")
    void aRailThatBreaksInTheFirstStepHaltsTheRunBeforeItsNextVersion(
            Guardrails.Builder rails, String figure, String bound) {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics()).recordingTooHigh(-0.1f)) {
            Run run = services.finish(
                    bench,
                    bench.create(
                            TestSpecs.ppo(directory, 2).setGuardrails(rails).build()));

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure()).contains(figure).contains(bound);
            assertThat(run.getModelsList()).containsExactly("policy@1");
        }
    }

    @Test
    void aRewardThatRisesWhileWhatItStandsForFallsHaltsTheRun() {
        RunSpec.Builder spec = runaway(Guardrails.newBuilder()
                        .setRewardAgainstGold(
                                GoldReward.newBuilder().setComponent("gold").setMaxFall(0.1)))
                .toBuilder();
        spec.getPpoBuilder()
                .getRewardBuilder()
                .addComponents(
                        RewardComponentSpec.newBuilder().setName("gold").setLength(LengthReward.getDefaultInstance()));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics()).withOpposite("gold")) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure())
                    .contains("guardrails.reward_against_gold: rewards/gold/mean was ")
                    .contains(", at most 0.1 below ")
                    .contains(" is allowed, while objective/scores rose to ");
            List<Double> gold = bench.metric(run.getRunId(), "rewards/gold/mean");
            assertThat(gold.get(gold.size() - 1)).isLessThan(Collections.max(gold) - 0.1);
            // and in no step before
            assertThat(gold.subList(0, gold.size() - 1))
                    .allSatisfy(held -> assertThat(held).isGreaterThanOrEqualTo(Collections.max(gold) - 0.1));
            assertThat(run.getModelsList()).hasSameSizeAs(gold);
        }
    }

    @Test
    void aRollbackMakesTheLastGoodWeightsTheNewestVersion() {
        Guardrails.Builder rails = Guardrails.newBuilder()
                .setMaxKl(0.01)
                .setPatience(2)
                .setAction(GuardrailAction.GUARDRAIL_ACTION_ROLLBACK);
        Bench bench = Bench.in(directory.resolve("a"));
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(runaway(rails));
            while (bench.get(id).getStep() < 2) {
                bench.poll();
                services.poll();
            }
            // Killed between the two steps that break it: the first is learnt again and counts once.
            try (Bench resumed = bench.restarted()) {
                Run run = services.finish(resumed, id);

                assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
                assertThat(run.getFailure())
                        .contains(
                                " at step 3, 2 steps in a row; policy@4 with the weights of policy@1 is the newest version");
                assertThat(run.getModelsList()).endsWith("policy@3", "policy@4");
                assertThat(resumed.weights("policy@4"))
                        .isEqualTo(resumed.weights("policy@1"))
                        .isNotEqualTo(resumed.weights("policy@3"));
                assertThat(resumed.connection()
                                .view()
                                .newest("policy")
                                .orElseThrow()
                                .getVersion())
                        .isEqualTo(4);
            }
        }
    }

    @Test
    void gradientsBeyondTheirBoundHaltAFineTuning() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.setGuardrails(Guardrails.newBuilder().setMaxGradientNorm(1e-6));
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec.build());

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure())
                    .contains("guardrails.max_gradient_norm: gradient_norm/model was ")
                    .contains("at most 1.0E-6 is allowed at step 1");
            assertThat(run.getModelsList()).isEmpty();
        }
    }

    @Test
    void aLossThatIsNoNumberRollsBackToTheLastCheckpointOfSoundWeights() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            assertThatItRollsBack(bench, outOfAllBounds().build());
        }
    }

    @Test
    void adaptersAreRolledBackToAWholeModel() {
        RunSpec.Builder spec = outOfAllBounds();
        spec.getSftBuilder().setLora(Lora.newBuilder().setRank(2));
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            assertThatItRollsBack(bench, spec.build());

            Path version = bench.store().read(ModelVersion.parse("policy@1")).directory();
            assertThat(version.resolve("config.json")).isRegularFile();
            assertThat(version.resolve("tokenizer.json")).isRegularFile();
            assertThat(version.resolve("adapter/adapter_config.json")).isRegularFile();
        }
    }

    private static void assertThatItRollsBack(Bench bench, RunSpec spec) {
        Run run = bench.run(spec);

        assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
        assertThat(run.getFailure()).contains("finite").endsWith("; policy@1 has the weights of step 1");
        assertThat(run.getModelsList()).containsExactly("policy@1");
        assertThat(bench.weights("policy@1")).isEqualTo(bench.weights("llama@1"));
    }

    /** The first step moves nothing, the second so far that the third has no loss. */
    private RunSpec.Builder outOfAllBounds() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.setGuardrails(Guardrails.newBuilder().setAction(GuardrailAction.GUARDRAIL_ACTION_ROLLBACK))
                .getSftBuilder()
                .setModel(TestModels.checkpoint("llama").toAbsolutePath().toString())
                .setOptimizer(Optimizer.newBuilder()
                        .setLearningRate(1e30)
                        .setWarmupSteps(5)
                        .setWarmupFactor(0))
                .setCourse(Course.newBuilder().setCheckpointEvery(1).setKeepCheckpoints(3));
        return spec;
    }

    private RunSpec runaway(Guardrails.Builder rails) {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 6).setGuardrails(rails);
        spec.getPpoBuilder()
                .setOptimizer(Optimizer.newBuilder().setLearningRate(2e-2))
                .setInnerEpochs(2)
                .setCourse(Course.newBuilder().setCheckpointEvery(1));
        return spec.build();
    }
}
