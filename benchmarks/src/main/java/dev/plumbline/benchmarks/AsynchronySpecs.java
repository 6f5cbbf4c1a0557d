package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.proto.exchange.v1.RegularExpressionReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs of one task: every word of an answer shall end in 7, the share of those that do is the reward, a tenth at first.
 * The learning rate is high, so that a version is far from the one before and stale answers mislead.
 *
 * @param checkpoint of random weights
 */
record AsynchronySpecs(Path checkpoint, Path prompts, Path heldOut, int steps) {
    static final int PROMPTS = 32;
    static final int CONTEXT = 32;
    private static final int WORDS = 16;
    private static final double LEARNING_RATE = 3e-3;
    private static final JsonMapper JSON = new JsonMapper();

    /** Writes model and data below a directory. */
    static AsynchronySpecs write(Path directory, int steps) throws IOException {
        RandomLlama model = RandomLlama.S;
        return new AsynchronySpecs(
                model.write(directory),
                prompts(model, directory.resolve("prompts.jsonl"), 512, 1),
                prompts(model, directory.resolve("held-out.jsonl"), 128, 2),
                steps);
    }

    /** Writes prompts of eight words. */
    static Path prompts(RandomLlama model, Path file, int count, long seed) throws IOException {
        Random random = new Random(seed);
        return Files.writeString(
                file,
                Stream.generate(() -> JSON.createObjectNode()
                                .put("prompt", model.words(8, random))
                                .toString())
                        .limit(count)
                        .collect(Collectors.joining("\n", "", "\n")));
    }

    /**
     * A run.
     *
     * @param staleness η
     * @param corrected whether stale answers are weighted
     */
    RunSpec run(int staleness, boolean corrected, int seed) {
        PpoSpec.Builder ppo = PpoSpec.newBuilder()
                .setModel(checkpoint.toString())
                .setPrompts(Data.newBuilder().setPath(prompts.toString()))
                .setEvaluation(Data.newBuilder().setPath(heldOut.toString()))
                .setReward(reward(WORDS))
                .setSteps(steps)
                .setPromptsPerStep(PROMPTS)
                .setSamplesPerPrompt(4)
                .setStopping(Stopping.newBuilder().setMaxTokens(WORDS).setIgnoreEos(true))
                .setKl(KlPenalty.newBuilder().setCoefficient(0))
                .setInnerEpochs(2)
                .setMinibatches(4)
                .setOptimizer(Optimizer.newBuilder().setLearningRate(LEARNING_RATE))
                .setCriticOptimizer(Optimizer.newBuilder().setLearningRate(LEARNING_RATE))
                .setMaxStaleness(staleness)
                .setCourse(Course.newBuilder());
        if (!corrected) {
            ppo.setBehaviourTruncation(0);
        }
        return RunSpec.newBuilder()
                .setName("eta-" + staleness + (corrected ? "-decoupled-" : "-naive-") + seed)
                .setSeed(seed)
                .setPpo(ppo)
                .build();
    }

    /** The share of an answer's words, of which there are so many, that end in 7. */
    static RewardSpec reward(int words) {
        RewardSpec.Builder reward = RewardSpec.newBuilder();
        for (int word = 0; word < words; word++) {
            reward.addComponents(RewardComponentSpec.newBuilder()
                    .setName("word-" + word)
                    .setWeight(1f / words)
                    .setRegularExpression(RegularExpressionReward.newBuilder()
                            .setPattern("^\\s*(?:\\S+\\s+){" + word + "}\\S*7(?:\\s|$)")));
        }
        return reward.build();
    }
}
