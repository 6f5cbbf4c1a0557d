package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.Ema;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Short runs whose files others read, over the tiny checkpoints of {@code vectors/models}. */
final class ReaderSpecs {
    /** Large enough that a few steps move every number by much more than rounding does. */
    private static final double RATE = 3e-3;

    private static final int STEPS = 6;
    /** The name that policy-service serves, which policies get unless a spec says otherwise. */
    private static final String SERVED = "policy";

    private static final int EXAMPLES = 32;
    private static final JsonMapper JSON = new JsonMapper();

    private final Path models;
    private final ReaderTexts texts;
    private final Path demonstrations;
    private final Path pairs;

    private ReaderSpecs(Path models, ReaderTexts texts, Path demonstrations, Path pairs) {
        this.models = models;
        this.texts = texts;
        this.demonstrations = demonstrations;
        this.pairs = pairs;
    }

    /** Writes their data below a directory. */
    static ReaderSpecs write(Path models, ReaderTexts texts, Path directory) throws IOException {
        Path demonstrations = lines(
                directory.resolve("demonstrations.jsonl"),
                () -> JSON.createObjectNode()
                        .put("prompt", texts.sentence())
                        .put("completion", texts.sentence())
                        .toString());
        Path pairs = lines(
                directory.resolve("pairs.jsonl"),
                () -> JSON.createObjectNode()
                        .put("prompt", texts.sentence())
                        .put("chosen", texts.sentence())
                        .put("rejected", texts.sentence())
                        .toString());
        return new ReaderSpecs(models, texts, demonstrations, pairs);
    }

    private static Path lines(Path file, Supplier<String> line) throws IOException {
        return Files.write(file, Stream.generate(line).limit(EXAMPLES).toList());
    }

    /** Every family as a whole and with adapters, on all maps or some, with scales of 1, 2 and in between; all kinds of runs. */
    List<RunSpec> all() {
        return List.of(
                fineTuning("gpt2"),
                fineTuning("llama"),
                fineTuning("llama3-rope"),
                fineTuning("mistral"),
                fineTuning("qwen2"),
                fineTuning("qwen3"),
                fineTuning("gpt2", lora(4, 8)),
                fineTuning("llama", lora(4, 4)),
                fineTuning("llama3-rope", lora(3, 4, "q_proj", "v_proj")),
                fineTuning("mistral", lora(2, 4)),
                fineTuning("qwen2", lora(4, 8)),
                fineTuning("qwen3", lora(4, 8, "o_proj", "down_proj")),
                fineTuning("gpt2", lora(4, 8, "attn.c_proj")),
                rewardModel("gpt2-reward"),
                rewardModel("llama-reward"),
                rewardModel("qwen2-reward"),
                rewardModel("qwen3"),
                rewardModel("gpt2", lora(4, 8)),
                rewardModel("qwen3", lora(4, 8, "q_proj")),
                rewardModel("llama-reward", lora(4, 8)),
                dpo("llama"),
                dpo("gpt2"),
                ppo(),
                averaged());
    }

    /** A fine-tuning that takes long enough to be interrupted, with checkpoints on the way. */
    RunSpec interrupted() {
        RunSpec.Builder run = fineTuning("llama").toBuilder().setName("llama-interrupted");
        run.getSftBuilder().setSteps(80).getCourseBuilder().setCheckpointEvery(10);
        return run.build();
    }

    ReaderTexts texts() {
        return texts;
    }

    private RunSpec fineTuning(String family) {
        return RunSpec.newBuilder()
                .setName(family)
                .setSft(SftSpec.newBuilder()
                        .setModel(models.resolve(family).toString())
                        .setData(data(demonstrations))
                        .setBatchSize(8)
                        .setSteps(STEPS)
                        .setOptimizer(optimizer())
                        .setCourse(course()))
                .build();
    }

    private RunSpec fineTuning(String family, Lora lora) {
        RunSpec.Builder run = fineTuning(family).toBuilder().setName(adapted(family, lora));
        run.getSftBuilder().setLora(lora);
        return run.build();
    }

    private RunSpec rewardModel(String family) {
        return RunSpec.newBuilder()
                .setName(family.endsWith("-reward") ? family : family + "-reward-anew")
                .setRewardModel(RewardModelSpec.newBuilder()
                        .setModel(models.resolve(family).toString())
                        .setData(data(pairs))
                        .setBatchSize(8)
                        .setSteps(STEPS)
                        .setOptimizer(optimizer())
                        .setCourse(course()))
                .build();
    }

    private RunSpec rewardModel(String family, Lora lora) {
        RunSpec whole = rewardModel(family);
        RunSpec.Builder run = whole.toBuilder().setName(adapted(whole.getName(), lora));
        run.getRewardModelBuilder().setLora(lora);
        return run.build();
    }

    private RunSpec dpo(String family) {
        return RunSpec.newBuilder()
                .setName(family + "-dpo")
                .setDpo(DpoSpec.newBuilder()
                        .setModel(models.resolve(family).toString())
                        .setData(data(pairs))
                        .setBatchSize(8)
                        .setSteps(STEPS)
                        .setOptimizer(optimizer())
                        .setCourse(course()))
                .build();
    }

    /** PPO whose average is what is served. */
    private RunSpec averaged() {
        RunSpec.Builder run = ppo().toBuilder().setName("llama-ppo-average");
        run.getPpoBuilder()
                .clearLora()
                .setOutput("policy-raw")
                .setEma(Ema.newBuilder().setDecay(0.8).setOutput(SERVED));
        return run.build();
    }

    /** PPO with adapters, judged by the newest reward model. */
    private RunSpec ppo() {
        return RunSpec.newBuilder()
                .setName("llama-ppo-adapters")
                .setPpo(PpoSpec.newBuilder()
                        .setModel(models.resolve("llama").toString())
                        .setPrompts(data(demonstrations))
                        .setEvaluation(data(demonstrations).setLimit(4))
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("judge")
                                        .setModel(ModelReward.newBuilder().setModel("reward"))))
                        .setSteps(STEPS)
                        .setPromptsPerStep(8)
                        .setStopping(Stopping.newBuilder().setMaxTokens(12))
                        .setLora(lora(4, 8))
                        .setOptimizer(optimizer())
                        .setCourse(course()))
                .build();
    }

    private static String adapted(String name, Lora lora) {
        return name + "-adapters" + (lora.getTargetModulesCount() > 0 ? "-of-" + lora.getTargetModules(0) : "");
    }

    private static Lora lora(int rank, double alpha, String... targets) {
        return Lora.newBuilder()
                .setRank(rank)
                .setAlpha(alpha)
                .addAllTargetModules(List.of(targets))
                .build();
    }

    private static Data.Builder data(Path file) {
        return Data.newBuilder().setPath(file.toString());
    }

    private static Optimizer optimizer() {
        return Optimizer.newBuilder().setLearningRate(RATE).build();
    }

    private static Course course() {
        return Course.newBuilder().setEvaluateEvery(2).build();
    }
}
