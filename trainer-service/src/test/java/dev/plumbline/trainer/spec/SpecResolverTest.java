package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.Dtype;
import dev.plumbline.proto.trainer.v1.GoldReward;
import dev.plumbline.proto.trainer.v1.GuardrailAction;
import dev.plumbline.proto.trainer.v1.Guardrails;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import dev.plumbline.proto.trainer.v1.SftSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SpecResolverTest extends SpecBench {
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
        assertThat(sft.hasDropout()).isTrue();
        assertThat(sft.getDropout()).isZero();
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
                        .setDropout(1)
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
        assertThat(problems.get("spec.sft.dropout")).isEqualTo("dropout must be in [0, 1), got 1.0");
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
}
