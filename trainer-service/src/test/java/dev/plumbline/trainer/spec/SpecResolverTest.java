package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.lm.torch.ComputeSettings;
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
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.Dtype;
import dev.plumbline.proto.trainer.v1.Ema;
import dev.plumbline.proto.trainer.v1.GoldReward;
import dev.plumbline.proto.trainer.v1.GuardrailAction;
import dev.plumbline.proto.trainer.v1.Guardrails;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.data.source.ObjectStorage;
import dev.plumbline.trainer.model.ModelCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpecResolverTest {
    private static final Path MODELS = Path.of(System.getProperty("plumbline.vectors", "../vectors"), "models")
            .toAbsolutePath();

    @TempDir
    Path directory;

    private ModelStore store;
    private SpecResolver resolver;

    @BeforeEach
    void open() {
        store = new ModelStore(directory.resolve("store"));
        resolver = new SpecResolver(
                new ModelCatalog(store), new DataSources(ObjectStorage.NONE), ComputeSettings.cpu(1), 1 << 20);
    }

    @Test
    void everyDefaultIsFilledIn() throws IOException {
        RunSpec resolved = resolver.resolve(RunSpec.newBuilder()
                .setSft(SftSpec.newBuilder()
                        .setModel(model("llama"))
                        .setData(Data.newBuilder().setPath(demonstrations())))
                .build());
        SftSpec sft = resolved.getSft();

        assertThat(resolved.getName()).isEqualTo("sft");
        assertThat(resolved.getSeed()).isZero();
        assertThat(sft.getOutput()).isEqualTo("policy");
        assertThat(sft.getBatchSize()).isEqualTo(32);
        assertThat(sft.getEpochs()).isEqualTo(1);
        assertThat(sft.hasSteps()).isFalse();
        assertThat(sft.getData().getMaxLength()).isEqualTo(128); // the model's context
        assertThat(sft.getOptimizer().getLearningRate()).isEqualTo(1e-5);
        assertThat(sft.getOptimizer().getSchedule()).isEqualTo(Schedule.SCHEDULE_CONSTANT);
        assertThat(sft.getOptimizer().getBeta2()).isEqualTo(0.95);
        assertThat(sft.getCourse().getMicroBatchTokens()).isEqualTo(4096);
        assertThat(sft.getCourse().getGradientCheckpointing()).isFalse();
        assertThat(sft.getCourse().getDtype()).isEqualTo(Dtype.DTYPE_FLOAT32);
        assertThat(sft.getOptimizer().getDecayAll()).isFalse();
        assertThat(sft.hasLora()).isFalse();
        assertThat(sft.getData().getFields().getPrompt()).isEqualTo("prompt");
        assertThat(sft.getData().hasMaxBadLines()).isTrue();
        assertThat(sft.getData().getMaxBadLines()).isZero();
        assertThat(sft.hasPretraining()).isFalse();
        assertThat(sft.hasPretrainingShare()).isFalse();
    }

    @Test
    void checkpointsAreKeptByTheFigureOfTheirStage() throws IOException {
        RunSpec.Builder spec = RunSpec.newBuilder()
                .setSft(SftSpec.newBuilder()
                        .setModel(model("llama"))
                        .setData(Data.newBuilder().setPath(demonstrations())));
        Course course = resolver.resolve(spec.build()).getSft().getCourse();
        assertThat(course.getKeepCheckpoints()).isEqualTo(2);
        assertThat(course.getBestBy()).isEqualTo("lowest eval/loss");

        spec.getSftBuilder().setCourse(Course.newBuilder().setKeepCheckpoints(0).setBestBy("eval/loss"));
        Map<String, String> problems = problems(spec.build());
        assertThat(problems.get("spec.sft.course.keep_checkpoints")).isEqualTo("keep_checkpoints must be >= 1, got 0");
        assertThat(problems.get("spec.sft.course.best_by"))
                .isEqualTo("best_by must be \"lowest\" or \"highest\" and a figure, as in \"lowest eval/loss\", got"
                        + " \"eval/loss\"");
    }

    @Test
    void guardrailsAreOfFiguresThatTheStageHas() throws IOException {
        RunSpec.Builder spec = RunSpec.newBuilder()
                .setSft(SftSpec.newBuilder()
                        .setModel(model("llama"))
                        .setData(Data.newBuilder().setPath(demonstrations())))
                .setGuardrails(Guardrails.newBuilder().setMaxGradientNorm(5));
        Guardrails resolved = resolver.resolve(spec.build()).getGuardrails();
        assertThat(resolved.getPatience()).isEqualTo(1);
        assertThat(resolved.getAction()).isEqualTo(GuardrailAction.GUARDRAIL_ACTION_HALT);

        Map<String, String> problems = problems(spec.setGuardrails(Guardrails.newBuilder()
                        .setMaxKl(1)
                        .setMaxGradientNorm(-1)
                        .setMaxTruncationRate(1.5)
                        .setRewardAgainstGold(GoldReward.newBuilder().setComponent("gold"))
                        .setPatience(0))
                .build());
        assertThat(problems)
                .containsEntry("spec.guardrails.max_kl", "max_kl is measured by PPO only; leave it out")
                .containsEntry("spec.guardrails.max_gradient_norm", "max_gradient_norm must be >= 0, got -1.0")
                .containsEntry(
                        "spec.guardrails.reward_against_gold",
                        "reward_against_gold is measured by PPO only; leave it out")
                .containsEntry("spec.guardrails.patience", "patience must be >= 1, got 0")
                .containsKey("spec.guardrails.max_truncation_rate");
    }

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
    void allThatIsWrongWithAnSftSpecIsSaidAtOnce() {
        Map<String, String> problems = problems(RunSpec.newBuilder()
                .setName("a/b")
                .setSft(SftSpec.newBuilder()
                        .setModel("nowhere@3")
                        .setOutput("no name")
                        .setData(Data.newBuilder()
                                .setPath(directory.resolve("missing.jsonl").toString())
                                .setEvalFraction(1)
                                .setMaxLength(1)
                                .setLimit(0)
                                .setMaxBadLines(-1))
                        .setPretrainingShare(1)
                        .setOptimizer(Optimizer.newBuilder()
                                .setLearningRate(-1)
                                .setBeta1(1)
                                .setEpsilon(0)
                                .setMaxGradientNorm(-1))
                        .setBatchSize(0)
                        .setEpochs(0)
                        .setSteps(0))
                .build());

        assertThat(problems.get("spec.name")).contains("got \"a/b\"");
        assertThat(problems.get("spec.sft.model"))
                .isEqualTo("there is no model \"nowhere@3\"; nothing of that name was published");
        assertThat(problems.get("spec.sft.output")).contains("got \"no name\"");
        assertThat(problems.get("spec.sft.data.path")).contains("missing.jsonl");
        assertThat(problems.get("spec.sft.data.eval_fraction")).isEqualTo("eval_fraction must be in [0, 1), got 1.0");
        assertThat(problems.get("spec.sft.optimizer.learning_rate")).isEqualTo("learning_rate must be > 0, got -1.0");
        assertThat(problems.get("spec.sft.batch_size")).isEqualTo("batch_size must be >= 1, got 0");
        assertThat(problems.get("spec.sft.data.max_bad_lines")).isEqualTo("max_bad_lines must be >= 0 lines, got -1");
        assertThat(problems.get("spec.sft.pretraining_share"))
                .isEqualTo("pretraining_share must be in (0, 1), got 1.0; pretraining_share 1.0 needs texts; give"
                        + " pretraining.path, or leave it out");
        assertThat(problems)
                .containsKeys(
                        "spec.sft.data.max_length",
                        "spec.sft.data.limit",
                        "spec.sft.optimizer.beta1",
                        "spec.sft.optimizer.epsilon",
                        "spec.sft.optimizer.max_gradient_norm",
                        "spec.sft.epochs",
                        "spec.sft.steps");
    }

    @Test
    void aTypeThatIsToBeMeasuredIsDecidedBeforeTheRunBegins() throws IOException {
        SftSpec sft = resolver.resolve(RunSpec.newBuilder()
                        .setSft(SftSpec.newBuilder()
                                .setModel(model("llama"))
                                .setData(Data.newBuilder().setPath(demonstrations()))
                                .setCourse(Course.newBuilder().setDtype(Dtype.DTYPE_AUTO)))
                        .build())
                .getSft();

        assertThat(sft.getCourse().getDtype()).isIn(Dtype.DTYPE_FLOAT32, Dtype.DTYPE_BFLOAT16);
    }

    @Test
    void adaptersHaveDefaultsAndALearningRateOfTheirOwn() throws IOException {
        SftSpec sft = resolver.resolve(RunSpec.newBuilder()
                        .setSft(SftSpec.newBuilder()
                                .setModel(model("llama"))
                                .setData(Data.newBuilder().setPath(demonstrations()))
                                .setLora(Lora.newBuilder().setRank(4)))
                        .build())
                .getSft();

        assertThat(sft.getLora().getRank()).isEqualTo(4);
        assertThat(sft.getLora().getAlpha()).isEqualTo(8);
        assertThat(sft.getLora().getTargetModulesList()).isEmpty();
        assertThat(sft.getOptimizer().getLearningRate()).isEqualTo(1e-4, within(1e-12));
    }

    @Test
    void adaptersThatAModelCannotHaveAreRefused() throws IOException {
        Map<String, String> problems = problems(RunSpec.newBuilder()
                .setSft(SftSpec.newBuilder()
                        .setModel(model("gpt2"))
                        .setData(Data.newBuilder().setPath(demonstrations()))
                        .setLora(Lora.newBuilder().setRank(0).setAlpha(-1).addTargetModules("q_proj")))
                .build());

        assertThat(problems.get("spec.sft.lora.rank")).isEqualTo("rank must be >= 1, got 0");
        assertThat(problems.get("spec.sft.lora.alpha")).isEqualTo("alpha must be > 0, got -1.0");
        assertThat(problems.get("spec.sft.lora.target_modules"))
                .isEqualTo("target modules must be some of [c_attn, c_proj, c_fc], got q_proj");
    }

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
        publish("llama-reward", "reward");
        publish("llama-reward", "reward");
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
    }

    @Test
    void onlyFineTuningStartsWithoutWeights() throws IOException {
        Path empty = directory.resolve("empty");
        Files.createDirectories(empty);
        for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(MODELS.resolve("llama").resolve(file), empty.resolve(file));
        }
        assertThat(problems(RunSpec.newBuilder()
                                .setRewardModel(RewardModelSpec.newBuilder().setModel(empty.toString()))
                                .build())
                        .get("spec.reward_model.model"))
                .contains("has no model.safetensors; only an sft run can start without weights");
    }

    @Test
    void weightsThatDoNotFitAreKnownBeforeTheRun() throws IOException {
        Path cut = Files.createDirectories(directory.resolve("cut"));
        for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(MODELS.resolve("llama").resolve(file), cut.resolve(file));
        }
        byte[] weights = Files.readAllBytes(MODELS.resolve("llama").resolve("model.safetensors"));
        Files.write(cut.resolve("model.safetensors"), Arrays.copyOf(weights, weights.length - 4));

        assertThat(problems(ppo().setPpo(ppo().getPpoBuilder().setModel(cut.toString()))
                                .build())
                        .get("spec.ppo.model"))
                .contains("it is cut off");
        Files.copy(
                MODELS.resolve("qwen2").resolve("model.safetensors"),
                cut.resolve("model.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        assertThat(problems(ppo().setPpo(ppo().getPpoBuilder().setModel(cut.toString()))
                                .build())
                        .get("spec.ppo.model"))
                .contains("has no place in a LlamaForCausalLM");
    }

    @Test
    void aRunNeedsAStage() {
        assertThat(problems(RunSpec.getDefaultInstance())).containsKey("spec.stage");
    }

    @Test
    void badDataIsKnownBeforeTheRun() throws IOException {
        Path file = Files.write(directory.resolve("bad.jsonl"), List.of("{\"prompt\": \"a\"}"));
        assertThat(problems(RunSpec.newBuilder()
                                .setSft(SftSpec.newBuilder()
                                        .setModel(model("llama"))
                                        .setData(Data.newBuilder().setPath(file.toString())))
                                .build())
                        .get("spec.sft.data.path"))
                .contains("line 1: has no \"completion\" but [prompt]");
    }

    @Test
    void badLinesMayBeAllowed() throws IOException {
        Path file = Files.write(
                directory.resolve("bad.jsonl"),
                List.of("{\"prompt\": \"a\"}", "{\"prompt\": \"a\", \"completion\": \"b\"}"));
        RunSpec resolved = resolver.resolve(RunSpec.newBuilder()
                .setSft(SftSpec.newBuilder()
                        .setModel(model("llama"))
                        .setData(Data.newBuilder().setPath(file.toString()).setMaxBadLines(1)))
                .build());
        assertThat(resolved.getSft().getData().getMaxBadLines()).isEqualTo(1);
    }

    @Test
    void pretrainingTextsAreCheckedAndTheirShareIsATenth() throws IOException {
        Path texts = Files.write(directory.resolve("texts.jsonl"), List.of("{\"text\": \"a b\"}"));
        RunSpec.Builder spec = RunSpec.newBuilder()
                .setSft(SftSpec.newBuilder()
                        .setModel(model("llama"))
                        .setData(Data.newBuilder().setPath(demonstrations()))
                        .setPretraining(Data.newBuilder().setPath(texts.toString())));
        SftSpec resolved = resolver.resolve(spec.build()).getSft();
        assertThat(resolved.getPretrainingShare()).isEqualTo(0.1);
        assertThat(resolved.getPretraining().getMaxLength()).isEqualTo(128);

        spec.getSftBuilder().getPretrainingBuilder().setPath(demonstrations()).setEvalFraction(0.1);
        assertThat(problems(spec.build()).get("spec.sft.pretraining.eval_fraction"))
                .contains("is evaluated");
        spec.getSftBuilder().getPretrainingBuilder().clearEvalFraction();
        assertThat(problems(spec.build()).get("spec.sft.pretraining.path")).contains("line 1: has no \"text\"");
    }

    private Map<String, String> problems(RunSpec spec) {
        CallerFault fault = catchThrowableOfType(CallerFault.class, () -> resolver.resolve(spec));
        assertThat(fault).isNotNull();
        assertThat(fault.reason()).isEqualTo("INVALID_SPEC");
        return fault.violations().stream()
                .collect(Collectors.toMap(FieldViolation::field, FieldViolation::description, (a, b) -> a + "; " + b));
    }

    private RunSpec.Builder ppo() throws IOException {
        return RunSpec.newBuilder()
                .setPpo(PpoSpec.newBuilder()
                        .setModel(model("llama"))
                        .setPrompts(Data.newBuilder().setPath(questions()))
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("a")
                                        .setLength(LengthReward.getDefaultInstance())))
                        .setSteps(1)
                        .setStopping(Stopping.newBuilder().setMaxTokens(8)));
    }

    private void publish(String checkpoint, String name) {
        try (Staging staging = store.begin(name)) {
            staging.copyFrom(MODELS.resolve(checkpoint));
            staging.commit(ModelOrigin.imported());
        }
    }

    private static String model(String name) {
        return MODELS.resolve(name).normalize().toString();
    }

    private String demonstrations() throws IOException {
        return Files.write(directory.resolve("d.jsonl"), List.of("{\"prompt\": \"a\", \"completion\": \"b\"}"))
                .toString();
    }

    private String rankings() throws IOException {
        return Files.write(
                        directory.resolve("r.jsonl"),
                        List.of("{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}"))
                .toString();
    }

    private String questions() throws IOException {
        return Files.write(directory.resolve("q.jsonl"), List.of("{\"prompt\": \"one two three\"}"))
                .toString();
    }
}
