package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.GuardrailAction;
import dev.plumbline.proto.trainer.v1.Guardrails;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.setGuardrails(Guardrails.newBuilder().setAction(GuardrailAction.GUARDRAIL_ACTION_ROLLBACK))
                .getSftBuilder()
                .setModel(TestModels.checkpoint("llama").toAbsolutePath().toString())
                // The first step moves nothing, the second out of all bounds.
                .setOptimizer(Optimizer.newBuilder()
                        .setLearningRate(1e30)
                        .setWarmupSteps(5)
                        .setWarmupFactor(0))
                .setCourse(Course.newBuilder().setCheckpointEvery(1).setKeepCheckpoints(3));
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec.build());

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure()).contains("finite").endsWith("; policy@1 has the weights of step 1");
            assertThat(run.getModelsList()).containsExactly("policy@1");
            assertThat(bench.weights("policy@1")).isEqualTo(bench.weights("llama@1"));
        }
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
