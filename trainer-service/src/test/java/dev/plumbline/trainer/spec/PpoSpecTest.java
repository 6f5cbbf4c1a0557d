package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.ExactMatchReward;
import dev.plumbline.proto.exchange.v1.ExternalReward;
import dev.plumbline.proto.exchange.v1.FormatReward;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RegularExpressionReward;
import dev.plumbline.proto.exchange.v1.RepetitionReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.Ema;
import dev.plumbline.proto.trainer.v1.GoldReward;
import dev.plumbline.proto.trainer.v1.Guardrails;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.TestModels;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PpoSpecTest extends SpecBench {
    @Test
    void aGoldRewardIsAComponentOfTheReward() {
        Map<String, String> problems = problems(RunSpec.newBuilder()
                .setPpo(PpoSpec.newBuilder()
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("short")
                                        .setLength(LengthReward.getDefaultInstance()))))
                .setGuardrails(Guardrails.newBuilder()
                        .setRewardAgainstGold(
                                GoldReward.newBuilder().setComponent("gold").setMaxFall(-1)))
                .build());
        assertThat(problems)
                .containsEntry(
                        "spec.guardrails.reward_against_gold.component",
                        "component must be a component of the reward, one of [short], got \"gold\"")
                .containsEntry("spec.guardrails.reward_against_gold.max_fall", "max_fall must be >= 0, got -1.0");
    }

    @Test
    void aPpoSpecThatCannotBeRunIsRefusedWithEveryReason() throws IOException {
        Map<String, String> problems = problems(RunSpec.newBuilder()
                .setPpo(PpoSpec.newBuilder()
                        .setModel(model("llama"))
                        .setReference(model("gpt2"))
                        .setPromptsFrom(PromptSource.PROMPT_SOURCE_PRODUCERS)
                        .setPrompts(Data.newBuilder().setPath(questions()))
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("a")
                                        .setRegularExpression(RegularExpressionReward.newBuilder()
                                                .setPattern("(")))
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("a")
                                        .setModel(ModelReward.newBuilder().setModel(model("llama"))))
                                .addComponents(RewardComponentSpec.newBuilder().setName("c"))
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("d")
                                        .setLength(LengthReward.newBuilder()
                                                .setMinTokens(5)
                                                .setMaxTokens(4)))
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("e")
                                        .setFormat(FormatReward.newBuilder().addSections("a b")))
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("f")
                                        .setRepetition(
                                                RepetitionReward.newBuilder().setWords(0)))
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("g")
                                        .setExternal(ExternalReward.getDefaultInstance())))
                        .setSamplesPerPrompt(0)
                        .setStopping(Stopping.newBuilder().setMaxTokens(128))
                        .setTemperature(0)
                        .setKl(KlPenalty.newBuilder().setCoefficient(-1).setTarget(0))
                        .setDiscount(1.5)
                        .setClipLow(0)
                        .setMissingEosPenalty(1)
                        .setMissingEosScore(0))
                .build());

        assertThat(problems.get("spec.ppo.samples_per_prompt")).isEqualTo("samples_per_prompt must be >= 1, got 0");
        assertThat(problems.get("spec.ppo.reference")).contains("has another vocabulary than the policy");
        assertThat(problems.get("spec.ppo.stopping.max_tokens"))
                .isEqualTo("max_tokens must leave room for a prompt in the context of 128 tokens, got 128");
        assertThat(problems.get("spec.ppo.reward.components[0].regular_expression.pattern"))
                .contains("got \"(\"");
        assertThat(problems.get("spec.ppo.reward.components[1].name")).contains("must be set and unique");
        assertThat(problems.get("spec.ppo.reward.components[1].model.model")).contains("a reward model is needed here");
        assertThat(problems.get("spec.ppo.reward.components[2]")).contains("has no measure");
        assertThat(problems)
                .containsKeys(
                        "spec.ppo.prompts",
                        "spec.ppo.reward.components[3].length.max_tokens",
                        "spec.ppo.reward.components[4].format.sections",
                        "spec.ppo.reward.components[5].repetition.words",
                        "spec.ppo.reward.components[6].external.verifier",
                        "spec.ppo.steps",
                        "spec.ppo.temperature",
                        "spec.ppo.kl.coefficient",
                        "spec.ppo.kl.target",
                        "spec.ppo.discount",
                        "spec.ppo.clip_low",
                        "spec.ppo.missing_eos_score");
    }

    @Test
    void theAverageHasThePapersDecayAndTheOutputsNameAndNothingElseIsAveraged() throws IOException {
        RunSpec.Builder spec = ppo();
        assertThat(resolver.resolve(spec.build()).getPpo().hasEma()).isFalse();

        spec.getPpoBuilder().setEma(Ema.getDefaultInstance());
        assertThat(resolver.resolve(spec.build()).getPpo().getEma())
                .isEqualTo(
                        Ema.newBuilder().setDecay(0.992).setOutput("policy-ema").build());
    }

    @Test
    void anAverageThatIsNoneStaleAnswersAndTwoFatesOfTheSameAnswerAreRefused() throws IOException {
        RunSpec.Builder spec = ppo();
        spec.getPpoBuilder()
                .setEma(Ema.newBuilder().setDecay(1).setOutput("policy"))
                .setMaxStaleness(9)
                .setBehaviourTruncation(-1)
                .setBootstrapTruncated(true)
                .setMissingEosPenalty(1);
        Map<String, String> problems = problems(spec.build());

        assertThat(problems)
                .containsOnlyKeys(
                        "spec.ppo.ema.decay",
                        "spec.ppo.ema.output",
                        "spec.ppo.max_staleness",
                        "spec.ppo.behaviour_truncation",
                        "spec.ppo.bootstrap_truncated");
        assertThat(problems.get("spec.ppo.max_staleness"))
                .isEqualTo("max_staleness must be from 0 to 8: answers of older versions teach next to nothing, got 9");
        assertThat(problems.get("spec.ppo.ema.output")).contains("must be another name than output");
        assertThat(problems.get("spec.ppo.bootstrap_truncated")).contains("leave one of them out");
    }

    @Test
    void anAverageOfWeightsThatDoNotLearnIsRefused() throws IOException {
        RunSpec.Builder spec = ppo();
        spec.getPpoBuilder().setEma(Ema.getDefaultInstance()).setLora(Lora.getDefaultInstance());

        assertThat(problems(spec.build()))
                .hasEntrySatisfying(
                        "spec.ppo.ema", problem -> assertThat(problem).endsWith("leave one of them out"))
                .hasSize(1);
    }

    @Test
    void aPromptLongerThanTheContextLeavesIsKnownBeforeTheRun() throws IOException {
        RunSpec.Builder spec = ppo();
        spec.getPpoBuilder().getStoppingBuilder().setMaxTokens(127);
        spec.getPpoBuilder().getPromptsBuilder().setPath(questions());
        assertThat(problems(spec.build()).get("spec.ppo.prompts.path"))
                .contains("line 1: has ")
                .contains("max_length is 1");
    }

    @Test
    void aGroupThatCannotFitARecordIsRefused() throws IOException {
        RunSpec.Builder spec = ppo();
        spec.getPpoBuilder().setSamplesPerPrompt(1000).getStoppingBuilder().setMaxTokens(100);
        assertThat(problems(spec.build()).get("spec.ppo.samples_per_prompt"))
                .contains("may take")
                .contains("more than the 1048576 of a record");
    }

    @Test
    void rewardsThatCompareNeedTheRightAnswer() throws IOException {
        RunSpec.Builder spec = ppo();
        spec.getPpoBuilder()
                .getRewardBuilder()
                .getComponentsBuilder(0)
                .setExactMatch(ExactMatchReward.getDefaultInstance());
        assertThat(problems(spec.build()).get("spec.ppo.prompts.path")).contains("has no \"ground_truth\"");
    }

    @Test
    void modelsArePinnedAndTheCriticStartsFromTheRewardModel() throws IOException {
        String reward = TestModels.reward("llama", directory, 1).toString();
        publish(reward, "reward");
        publish(reward, "reward");
        RunSpec.Builder spec = ppo();
        spec.getPpoBuilder()
                .setModel(model("llama-reward"))
                .getRewardBuilder()
                .getComponentsBuilder(0)
                .setModel(ModelReward.newBuilder().setModel("reward"));
        assertThat(problems(spec.build()).get("spec.ppo.model")).contains("a causal language model is needed here");

        spec.getPpoBuilder().setModel(model("llama"));
        PpoSpec resolved = resolver.resolve(spec.build()).getPpo();

        assertThat(resolved.getReward().getComponents(0).getModel().getModel()).isEqualTo("reward@2");
        assertThat(resolved.getReward().getComponents(0).getWeight()).isEqualTo(1);
        assertThat(resolved.getReference()).isEqualTo(resolved.getModel()).isEqualTo(model("llama"));
        assertThat(resolved.getMaxPromptTokens()).isEqualTo(120);
        assertThat(resolved.getCritic()).isEqualTo("reward@2");
        spec.getPpoBuilder().setCritic(model("llama"));
        assertThat(resolver.resolve(spec.build()).getPpo().getCritic()).isEqualTo(model("llama"));
    }

    @Test
    void theCriticStartsFromThePolicyWhereTheRewardModelReadsOtherTokens() throws IOException {
        RunSpec.Builder spec = ppo();
        spec.getPpoBuilder()
                .getRewardBuilder()
                .getComponentsBuilder(0)
                .setModel(ModelReward.newBuilder().setModel(model("llama-reward")));

        assertThat(resolver.resolve(spec.build()).getPpo().getCritic()).isEqualTo(model("llama"));
    }
}
