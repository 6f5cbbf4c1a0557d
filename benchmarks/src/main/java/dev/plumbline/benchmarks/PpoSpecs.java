package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The two runs of a PPO measurement: one step that makes a reward model, then PPO, strictly on-policy. An update is 64
 * prompts of 32 tokens with one answer of exactly 64 each; policy, critic, reference and reward model are four models of
 * one size; one pass of four mini-batches; a new version after every update, and checkpoints as a run has them that sets
 * nothing.
 */
record PpoSpecs(RunSpec rewardModel, RunSpec ppo) {
    static final int EPISODES = 64;
    static final int PROMPT = 32;
    static final int RESPONSE = 64;
    static final int MINIBATCHES = 4;

    private static final String JUDGE = "judge";
    private static final JsonMapper JSON = new JsonMapper();

    /** Writes model and data below a directory. */
    static PpoSpecs write(RandomLlama model, Path directory, int updates) throws IOException {
        Path checkpoint = model.write(directory);
        Random random = new Random(1);
        int steps = warmUp(model) + updates;
        Path rankings = lines(
                directory.resolve("rankings.jsonl"),
                4,
                () -> JSON.createObjectNode()
                        .put("prompt", model.words(PROMPT, random))
                        .put("chosen", model.words(RESPONSE, random))
                        .put("rejected", model.words(RESPONSE, random))
                        .toString());
        Path prompts = lines(
                directory.resolve("prompts.jsonl"),
                steps * EPISODES,
                () -> JSON.createObjectNode()
                        .put("prompt", model.words(PROMPT, random))
                        .toString());
        return new PpoSpecs(rewardModel(checkpoint, rankings), ppo(checkpoint, prompts, steps));
    }

    /**
     * Updates before those that count, some twenty seconds: Java virtual machines compile what they run, and models are read for
     * the first time.
     */
    static int warmUp(RandomLlama model) {
        return switch (model) {
            case S -> 12;
            case M, G -> 2;
        };
    }

    private static Path lines(Path file, int count, Supplier<String> line) throws IOException {
        return Files.writeString(file, Stream.generate(line).limit(count).collect(Collectors.joining("\n", "", "\n")));
    }

    private static RunSpec rewardModel(Path checkpoint, Path rankings) {
        return RunSpec.newBuilder()
                .setName("reward-model")
                .setRewardModel(RewardModelSpec.newBuilder()
                        .setModel(checkpoint.toString())
                        .setOutput(JUDGE)
                        .setData(Data.newBuilder().setPath(rankings.toString()))
                        .setSteps(1))
                .build();
    }

    private static RunSpec ppo(Path checkpoint, Path prompts, int steps) {
        return RunSpec.newBuilder()
                .setName("ppo")
                .setPpo(PpoSpec.newBuilder()
                        .setModel(checkpoint.toString())
                        .setPrompts(Data.newBuilder().setPath(prompts.toString()))
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("judge")
                                        .setModel(ModelReward.newBuilder().setModel(JUDGE))))
                        .setSteps(steps)
                        .setPromptsPerStep(EPISODES)
                        .setStopping(
                                Stopping.newBuilder().setMaxTokens(RESPONSE).setIgnoreEos(true))
                        .setInnerEpochs(1)
                        .setMinibatches(MINIBATCHES))
                .build();
    }
}
