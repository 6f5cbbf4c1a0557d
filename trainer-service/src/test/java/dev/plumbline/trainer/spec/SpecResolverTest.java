package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
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
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
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
        resolver = new SpecResolver(new ModelCatalog(store), 1 << 20);
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
        assertThat(sft.getData().getFields().getPrompt()).isEqualTo("prompt");
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
                                .setLimit(0))
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

    private String questions() throws IOException {
        return Files.write(directory.resolve("q.jsonl"), List.of("{\"prompt\": \"one two three\"}"))
                .toString();
    }
}
