package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.ExactMatchReward;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.RewardEvaluation;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RewardEvaluationSpecTest extends SpecBench {
    private static final String AT = "spec.sft.reward_evaluation";

    @Test
    void judgesArePinnedAndEveryDefaultIsFilledIn() throws IOException {
        publish("llama-reward", "reward");
        publish("llama-reward", "reward");
        RunSpec resolved = resolver.resolve(spec().build());
        RewardEvaluation evaluation = resolved.getSft().getRewardEvaluation();

        assertThat(evaluation.getReward().getComponents(0).getModel().getModel())
                .isEqualTo("reward@2");
        assertThat(evaluation.getReward().getComponents(0).getWeight()).isEqualTo(1);
        assertThat(evaluation.hasTemperature()).isTrue();
        assertThat(evaluation.getTemperature()).isEqualTo(1);
        assertThat(evaluation.getOutput()).isEqualTo("policy-candidate");
        assertThat(resolved.getSft().getCourse().getBestBy()).isEqualTo("highest eval/score");
        assertThat(PinnedModels.of(List.of(Run.newBuilder()
                        .setSpec(resolved)
                        .setState(RunState.RUN_STATE_RUNNING)
                        .build())))
                .contains("reward@2");
    }

    @Test
    void withoutItTheBestIsTheOneOfTheLowestLoss() throws IOException {
        RunSpec.Builder spec = spec();
        spec.getSftBuilder().clearRewardEvaluation();
        SftSpec resolved = resolver.resolve(spec.build()).getSft();

        assertThat(resolved.hasRewardEvaluation()).isFalse();
        assertThat(resolved.getCourse().getBestBy()).isEqualTo("lowest eval/loss");
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() throws IOException {
        RunSpec.Builder spec = spec();
        spec.getSftBuilder()
                .setData(Data.newBuilder().setPath(demonstrations()))
                .setRewardEvaluation(RewardEvaluation.newBuilder()
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("a")
                                        .setModel(ModelReward.newBuilder().setModel("unknown")))
                                .addComponents(RewardComponentSpec.newBuilder().setName("a")))
                        .setStopping(Stopping.newBuilder().setMaxTokens(128).addStopTokenIds(-1))
                        .setTemperature(1e-9)
                        .setOutput("policy"));
        Map<String, String> problems = problems(spec.build());

        assertThat(problems)
                .containsOnlyKeys(
                        AT,
                        AT + ".reward.components[0].model.model",
                        AT + ".reward.components[1]",
                        AT + ".reward.components[1].name",
                        AT + ".stopping.max_tokens",
                        AT + ".stopping.stop_token_ids",
                        AT + ".temperature",
                        AT + ".output");
        assertThat(problems.get(AT)).endsWith("set data.eval_fraction or data.eval_path");
        assertThat(problems.get(AT + ".reward.components[0].model.model")).contains("unknown");
        assertThat(problems.get(AT + ".stopping.max_tokens"))
                .isEqualTo("max_tokens must leave room for a prompt in the context of 128 tokens, got 128");
        assertThat(problems.get(AT + ".temperature"))
                .isEqualTo("temperature must be 0, which is greedy, or at least 1.0E-6, got 1.0E-9");
        assertThat(problems.get(AT + ".output")).contains("must be another name than the run's output");
    }

    @Test
    void whatIsMissingIsSaid() throws IOException {
        RunSpec.Builder spec = spec();
        spec.getSftBuilder().setRewardEvaluation(RewardEvaluation.getDefaultInstance());

        assertThat(problems(spec.build())).containsOnlyKeys(AT + ".reward.components", AT + ".stopping.max_tokens");
    }

    @Test
    void textsHaveNoPromptsToAsk() throws IOException {
        RunSpec.Builder spec = spec();
        publish("llama-reward", "reward");
        spec.getSftBuilder().setObjective(SftObjective.SFT_OBJECTIVE_TEXT);

        assertThat(problems(spec.build()).get(AT)).endsWith("leave one of them out");
    }

    @Test
    void rewardsThatCompareNeedTheRightAnswerBesideEveryDemonstration() throws IOException {
        RunSpec.Builder spec = spec();
        RewardComponentSpec.Builder component = spec.getSftBuilder()
                .getRewardEvaluationBuilder()
                .getRewardBuilder()
                .getComponentsBuilder(0);
        component.setExactMatch(ExactMatchReward.getDefaultInstance());
        assertThat(problems(spec.build()).get("spec.sft.data.path")).contains("has no \"ground_truth\"");

        component.setLength(LengthReward.getDefaultInstance());
        assertThat(resolver.resolve(spec.build()).getSft().hasRewardEvaluation())
                .isTrue();
    }

    private RunSpec.Builder spec() throws IOException {
        return RunSpec.newBuilder()
                .setSft(SftSpec.newBuilder()
                        .setModel(model("llama"))
                        .setData(Data.newBuilder().setPath(demonstrations()).setEvalPath(demonstrations()))
                        .setRewardEvaluation(RewardEvaluation.newBuilder()
                                .setReward(RewardSpec.newBuilder()
                                        .addComponents(RewardComponentSpec.newBuilder()
                                                .setName("a")
                                                .setModel(
                                                        ModelReward.newBuilder().setModel("reward"))))
                                .setStopping(Stopping.newBuilder().setMaxTokens(8))));
    }
}
