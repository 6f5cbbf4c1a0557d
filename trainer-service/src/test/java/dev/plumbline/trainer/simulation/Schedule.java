package dev.plumbline.trainer.simulation;

import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.KlPlacement;
import dev.plumbline.proto.trainer.v1.LossAggregation;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.proto.trainer.v1.RatioLevel;
import dev.plumbline.proto.trainer.v1.RunSpec;

/**
 * What kind of run a seed makes.
 *
 * @param maxPromptsPerStep more than {@code promptsPerStep}: prompts whose answers score the same are left out and replaced
 * @param rewards how many different ones there are
 * @param maxStaleness η
 * @param heldOut evaluation prompts
 * @param keepsVersions whether no version is deleted, so that the run can be replayed from its beginning
 */
record Schedule(
        int partitions,
        int steps,
        int promptsPerStep,
        int maxPromptsPerStep,
        int samples,
        int rewards,
        int maxStaleness,
        PromptSource source,
        int heldOut,
        int checkpointEvery,
        boolean keepsVersions) {
    static Schedule of(Chance chance) {
        boolean replaces = chance.happens(0.4);
        int promptsPerStep = chance.between(2, 5);
        return new Schedule(
                chance.between(1, 3),
                chance.between(2, 6),
                promptsPerStep,
                promptsPerStep + (replaces ? chance.between(1, 6) : 0),
                replaces ? chance.between(2, 3) : chance.between(1, 2),
                replaces ? chance.between(1, 3) : 1000,
                chance.happens(0.3) ? 0 : chance.between(1, 8),
                switch (chance.below(4)) {
                    case 0 -> PromptSource.PROMPT_SOURCE_PRODUCERS;
                    case 1 -> PromptSource.PROMPT_SOURCE_PRODUCERS_LATEST;
                    default -> PromptSource.PROMPT_SOURCE_DATASET;
                },
                chance.happens(0.3) ? chance.between(1, 2) : 0,
                chance.between(0, 3),
                chance.happens(0.7));
    }

    boolean isFed() {
        return source == PromptSource.PROMPT_SOURCE_DATASET;
    }

    boolean replacesEqual() {
        return maxPromptsPerStep > promptsPerStep;
    }

    RunSpec spec() {
        Optimizer optimizer = Optimizer.newBuilder()
                .setLearningRate(1e-3)
                .setSchedule(dev.plumbline.proto.trainer.v1.Schedule.SCHEDULE_CONSTANT)
                .setEpsilon(1e-5)
                .build();
        return RunSpec.newBuilder()
                .setName("simulated")
                .setSeed(7)
                .setPpo(PpoSpec.newBuilder()
                        .setModel("base")
                        .setReference("base")
                        .setCritic("base")
                        .setOutput("policy")
                        .setPromptsFrom(source)
                        .setSteps(steps)
                        .setPromptsPerStep(promptsPerStep)
                        .setMaxPromptsPerStep(maxPromptsPerStep)
                        .setSamplesPerPrompt(samples)
                        .setTemperature(1)
                        .setStopping(Stopping.newBuilder().setMaxTokens(4))
                        .setKl(KlPenalty.newBuilder()
                                .setCoefficient(0.02)
                                .setTarget(6)
                                .setHorizon(1000))
                        .setAdvantage(
                                replacesEqual()
                                        ? AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN
                                        : AdvantageEstimator.ADVANTAGE_ESTIMATOR_GAE)
                        .setAggregation(LossAggregation.LOSS_AGGREGATION_TOKEN_MEAN)
                        .setRatio(RatioLevel.RATIO_LEVEL_TOKEN)
                        .setKlPlacement(KlPlacement.KL_PLACEMENT_REWARD)
                        .setDiscount(1)
                        .setGaeLambda(0.95)
                        .setClipLow(0.2)
                        .setClipHigh(0.2)
                        .setInnerEpochs(1)
                        .setMinibatches(1)
                        .setOptimizer(optimizer)
                        .setCriticOptimizer(optimizer)
                        .setMaxStaleness(maxStaleness)
                        .setBehaviourTruncation(2)
                        .setBehaviourRejection(5)
                        .setMinGroupShare(0)
                        .setCourse(Course.newBuilder()
                                .setCheckpointEvery(checkpointEvery)
                                .setKeepCheckpoints(2)
                                .setBestBy("highest eval/reward")
                                .setEvaluateEvery(1)
                                .setMicroBatchTokens(64)))
                .build();
    }
}
