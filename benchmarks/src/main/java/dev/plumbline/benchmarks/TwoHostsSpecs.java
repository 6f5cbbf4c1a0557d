package dev.plumbline.benchmarks;

import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Runs of the task of {@link AsynchronySpecs} with four times as long answers and no critic, so that generating is a large
 * part of a step.
 *
 * @param checkpoint of random weights
 */
record TwoHostsSpecs(Path checkpoint, Path prompts, int steps) {
    /** Answers that the policy has under way at once, a quarter of a step's. */
    static final int SLOTS = 16;

    static final int CONTEXT = 80;
    private static final int PROMPTS = 16;
    private static final int SAMPLES = 4;
    private static final int WORDS = 64;
    private static final double LEARNING_RATE = 1e-3;

    /** Writes model and data below a directory. */
    static TwoHostsSpecs write(Path directory, int steps) throws IOException {
        RandomLlama model = RandomLlama.S;
        return new TwoHostsSpecs(
                model.write(directory),
                AsynchronySpecs.prompts(model, directory.resolve("prompts.jsonl"), 512, 1),
                steps);
    }

    /** The same with a few steps. */
    TwoHostsSpecs shortened() {
        return new TwoHostsSpecs(checkpoint, prompts, 8);
    }

    /**
     * A run, corrected for stale answers if there are any.
     *
     * @param name of its own
     * @param staleness η
     */
    RunSpec run(String name, int staleness, int seed) {
        return RunSpec.newBuilder()
                .setName(name)
                .setSeed(seed)
                .setPpo(PpoSpec.newBuilder()
                        .setModel(checkpoint.toString())
                        .setPrompts(Data.newBuilder().setPath(prompts.toString()))
                        .setReward(AsynchronySpecs.reward(WORDS))
                        .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                        .setSteps(steps)
                        .setPromptsPerStep(PROMPTS)
                        .setSamplesPerPrompt(SAMPLES)
                        .setStopping(Stopping.newBuilder().setMaxTokens(WORDS).setIgnoreEos(true))
                        .setKl(KlPenalty.newBuilder().setCoefficient(0))
                        .setInnerEpochs(1)
                        .setMinibatches(4)
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(LEARNING_RATE))
                        .setMaxStaleness(staleness)
                        .setCourse(Course.newBuilder()))
                .build();
    }
}
