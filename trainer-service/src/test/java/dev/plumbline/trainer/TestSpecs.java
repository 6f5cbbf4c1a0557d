package dev.plumbline.trainer;

import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftSpec;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small runs of each stage; their models and data are written to a directory. */
final class TestSpecs {
    private TestSpecs() {}

    /** 32 demonstrations, and 8 that are held out. */
    static RunSpec.Builder sft(Path directory) {
        Path model = directory.resolve("llama-empty");
        return RunSpec.newBuilder()
                .setName("tiny")
                .setSft(SftSpec.newBuilder()
                        .setModel((Files.exists(model) ? model : TestModels.withoutWeights("llama", directory))
                                .toString())
                        .setData(TestData.data(directory.resolve("data.jsonl"), 40, TestData::demonstration)
                                .setEvalFraction(0.2))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(3e-3))
                        .setBatchSize(8)
                        .setEpochs(2));
    }

    private static String llama() {
        return TestModels.checkpoint("llama").toAbsolutePath().toString();
    }

    /** 16 ranked lists, and 4 that are held out. */
    private static Data.Builder ranked(Path directory) {
        return TestData.data(directory.resolve("ranked.jsonl"), 20, TestData::ranking)
                .setEvalFraction(0.2);
    }

    /** From {@link #ranked}. */
    static RunSpec.Builder rewardModel(Path directory) {
        return RunSpec.newBuilder()
                .setName("reward")
                .setRewardModel(RewardModelSpec.newBuilder()
                        .setModel(llama())
                        .setData(ranked(directory))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(1e-3))
                        .setBatchSize(4)
                        .setEpochs(2));
    }

    /** From the same lists. */
    static RunSpec.Builder dpo(Path directory) {
        return RunSpec.newBuilder()
                .setName("dpo")
                .setDpo(DpoSpec.newBuilder()
                        .setModel(llama())
                        .setData(ranked(directory))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(1e-3))
                        .setBatchSize(4)
                        .setEpochs(2)
                        .setCourse(Course.getDefaultInstance()));
    }

    /** 16 episodes a step, and a checkpoint after every other one. */
    static RunSpec.Builder ppo(Path directory, int steps) {
        Path model = directory.resolve("llama-random-1");
        return RunSpec.newBuilder()
                .setName("ppo")
                .setPpo(PpoSpec.newBuilder()
                        .setModel((Files.exists(model) ? model : TestModels.random("llama", directory, 1)).toString())
                        .setPrompts(TestData.data(directory.resolve("prompts.jsonl"), 12, TestData::question))
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("wanted")
                                        .setLength(LengthReward.getDefaultInstance())))
                        .setSteps(steps)
                        .setPromptsPerStep(4)
                        .setSamplesPerPrompt(4)
                        .setMinibatches(2)
                        .setStopping(Stopping.newBuilder().setMaxTokens(8))
                        .setKl(KlPenalty.newBuilder().setCoefficient(0.01))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(3e-3))
                        .setCriticOptimizer(Optimizer.newBuilder().setLearningRate(3e-3))
                        .setCourse(Course.newBuilder().setCheckpointEvery(2)));
    }
}
