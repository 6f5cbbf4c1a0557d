package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RankingSpecTest extends SpecBench {
    @Test
    void aRewardModelsDefaultsAreThePapers() throws IOException {
        RewardModelSpec resolved = resolver.resolve(RunSpec.newBuilder()
                        .setRewardModel(RewardModelSpec.newBuilder()
                                .setModel(model("llama"))
                                .setData(Data.newBuilder().setPath(rankings()))
                                .setDemonstrations(Data.newBuilder().setPath(demonstrations())))
                        .build())
                .getRewardModel();

        assertThat(resolved.getEpochs()).isEqualTo(1);
        assertThat(resolved.getBatchSize()).isEqualTo(64);
        assertThat(resolved.getOptimizer().getLearningRate()).isEqualTo(9e-6);
        assertThat(resolved.getOptimizer().getSchedule()).isEqualTo(Schedule.SCHEDULE_COSINE);
        assertThat(resolved.getOptimizer().getFinalFactor()).isEqualTo(0.1);
        assertThat(resolved.getOptimizer().getWarmupSteps()).isZero();
        assertThat(resolved.getCenterScores()).isTrue();
        assertThat(resolved.getDemonstrations().getMaxLength()).isEqualTo(128); // the model's context
        assertThat(resolved.getData().getFields().getSource()).isEqualTo("source");
    }

    @Test
    void demonstrationsOfARewardModelAreCheckedAndHaveToBeUsed() throws IOException {
        Map<String, String> problems = problems(RunSpec.newBuilder()
                .setRewardModel(RewardModelSpec.newBuilder()
                        .setModel(model("llama"))
                        .setData(Data.newBuilder().setPath(rankings()))
                        .setCenterScores(false)
                        .setDemonstrations(
                                Data.newBuilder().setPath(demonstrations()).setEvalFraction(0.1)))
                .build());
        assertThat(problems.get("spec.reward_model.demonstrations"))
                .isEqualTo("demonstrations are read only with center_scores true, got false; leave one of them out");
        assertThat(problems.get("spec.reward_model.demonstrations.eval_fraction"))
                .contains("nothing of spec.reward_model.demonstrations is evaluated");
        assertThat(problems(RunSpec.newBuilder()
                                .setRewardModel(RewardModelSpec.newBuilder()
                                        .setModel(model("llama"))
                                        .setData(Data.newBuilder().setPath(rankings()))
                                        .setDemonstrations(Data.newBuilder().setPath(rankings())))
                                .build())
                        .get("spec.reward_model.demonstrations.path"))
                .contains("line 1: has no \"completion\"");
    }

    @Test
    void everyDefaultOfADpoSpecIsFilledIn() throws IOException {
        publish("llama", "policy");
        RunSpec resolved = resolver.resolve(RunSpec.newBuilder()
                .setDpo(DpoSpec.newBuilder()
                        .setModel("policy")
                        .setData(Data.newBuilder().setPath(rankings())))
                .build());
        DpoSpec dpo = resolved.getDpo();

        assertThat(resolved.getName()).isEqualTo("dpo");
        assertThat(dpo.getModel()).isEqualTo("policy@1");
        assertThat(dpo.getReference()).isEqualTo("policy@1");
        assertThat(dpo.getOutput()).isEqualTo("policy");
        assertThat(dpo.getBeta()).isEqualTo(0.1);
        assertThat(dpo.hasLabelSmoothing()).isTrue();
        assertThat(dpo.getLabelSmoothing()).isZero();
        assertThat(dpo.getOptimizer().getLearningRate()).isEqualTo(1e-6);
        assertThat(dpo.getOptimizer().getSchedule()).isEqualTo(Schedule.SCHEDULE_CONSTANT);
        assertThat(dpo.getBatchSize()).isEqualTo(64);
        assertThat(dpo.getEpochs()).isEqualTo(1);
        assertThat(dpo.getData().getMaxLength()).isEqualTo(128); // the model's context
        assertThat(dpo.getCourse().getMicroBatchTokens()).isEqualTo(4096);
    }

    @Test
    void allThatIsWrongWithADpoSpecIsSaidAtOnce() throws IOException {
        Map<String, String> problems = problems(RunSpec.newBuilder()
                .setDpo(DpoSpec.newBuilder()
                        .setModel(model("llama"))
                        .setOutput("no name")
                        .setReference(model("gpt2"))
                        .setData(Data.newBuilder().setPath(questions()))
                        .setBeta(0)
                        .setLabelSmoothing(0.5)
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(0))
                        .setBatchSize(0)
                        .setEpochs(1)
                        .setSteps(1))
                .build());

        assertThat(problems.get("spec.dpo.reference")).contains("has another vocabulary than the policy");
        assertThat(problems.get("spec.dpo.beta")).isEqualTo("beta must be > 0, got 0.0");
        assertThat(problems.get("spec.dpo.label_smoothing")).isEqualTo("label_smoothing must be in [0, 0.5), got 0.5");
        assertThat(problems.get("spec.dpo.data.path")).contains("line 1: has no \"completions\"");
        assertThat(problems)
                .containsKeys(
                        "spec.dpo.output", "spec.dpo.optimizer.learning_rate", "spec.dpo.batch_size", "spec.dpo.steps");
        assertThat(problems(RunSpec.newBuilder()
                                .setDpo(DpoSpec.newBuilder()
                                        .setModel(model("llama-reward"))
                                        .setReference(model("llama"))
                                        .setData(Data.newBuilder().setPath(rankings())))
                                .build())
                        .get("spec.dpo.model"))
                .contains("a causal language model is needed here");
    }
}
