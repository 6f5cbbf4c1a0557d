package dev.plumbline.benchmarks;

import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.LossAggregation;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Algorithms that learn from a reward, each as a run with every part of it at work. */
enum Estimator {
    /**
     * A critic, its values clipped; rewards with the penalty, and advantages, whitened; pretraining texts mixed in, with a
     * weight by which they are not yet learnt by heart after these steps: then a run enlarges what rounding changes.
     */
    PPO(1) {
        @Override
        void choose(PpoSpec.Builder spec, Path texts) {
            spec.setDiscount(0.99)
                    .setMissingEosPenalty(1)
                    .setWhitenRewards(true)
                    .setCriticOptimizer(Optimizer.newBuilder().setLearningRate(RATE))
                    .setPtx(PretrainingMix.newBuilder()
                            .setData(Data.newBuilder().setPath(texts.toString()))
                            .setCoefficient(0.05));
        }

        @Override
        List<Figure> figures() {
            return with(
                    KL,
                    PENALTY,
                    new Figure("loss/value_avg", 0),
                    new Figure("gradient_norm/critic", 0),
                    new Figure("loss/ptx_avg", 0),
                    new Figure("gradient_norm/ptx", 0),
                    new Figure("gradient_norm/total", 0));
        }
    },
    /** Answers to a prompt beside each other; the penalty in the loss. */
    GRPO(4) {
        @Override
        void choose(PpoSpec.Builder spec, Path texts) {
            spec.setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                    .setAggregation(LossAggregation.LOSS_AGGREGATION_SEQUENCE_MEAN);
        }

        @Override
        List<Figure> figures() {
            return with(KL, new Figure("loss/kl_avg", 0));
        }
    },
    /** All tokens of a step beside each other; the penalty in the reward. */
    REINFORCE_PLUS_PLUS(1) {
        @Override
        void choose(PpoSpec.Builder spec, Path texts) {
            spec.setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_BATCH).setDiscount(0.99);
        }

        @Override
        List<Figure> figures() {
            return with(KL, PENALTY);
        }
    },
    /**
     * As GRPO, with the mean over tokens, a wider clip upwards, answers that lose near their limit, no penalty, and prompts
     * whose answers all score the same replaced; its reward is a rule's, by which scores are equal.
     */
    DAPO(4) {
        @Override
        void choose(PpoSpec.Builder spec, Path texts) {
            spec.setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                    .setClipHigh(0.28)
                    .setKl(KlPenalty.newBuilder().setCoefficient(0))
                    .setOverlongBuffer(4)
                    .setMaxPromptsPerStep(2 * spec.getPromptsPerStep())
                    .setReward(reward(RewardComponentSpec.newBuilder()
                            .setName("length")
                            .setLength(LengthReward.newBuilder().setMinTokens(4))));
        }

        @Override
        List<Figure> figures() {
            return with(new Figure("frac_reward_zero_std", 0.01));
        }
    };

    /** Divides by mini-batches. */
    private static final int EPISODES = 32;

    private static final int MINIBATCHES = 4;

    /** Tokens of a prompt. */
    static final int PROMPT = 8;

    /** Pretraining texts: as many as episodes of a mini-batch, so that one to an episode are all of them for each. */
    static final int TEXTS = EPISODES / MINIBATCHES;

    private static final int LONGEST = 24;
    private static final double RATE = 1e-4;
    /** Σ log π/π_ref of an answer, which the first step's answers have none of. */
    private static final Figure KL = new Figure("objective/kl", 0.01);

    /** β times the same, some 0.02 of it. */
    private static final Figure PENALTY = new Figure("objective/non_score_reward", 2e-4);

    private final int samples;

    Estimator(int samples) {
        this.samples = samples;
    }

    /** @param texts of {@link #TEXTS} lines of plain text */
    abstract void choose(PpoSpec.Builder spec, Path texts);

    /** What is compared: all that is learnt from, what is minimised, and how far it moves the policy. */
    abstract List<Figure> figures();

    private static List<Figure> with(Figure... further) {
        Stream<Figure> shared = Stream.of(
                // A mean of token losses of the size of an advantage, 1, whose sum is 0 while the ratio is 1.
                new Figure("loss/policy_avg", 0.01),
                new Figure("objective/scores", 0),
                new Figure("objective/entropy", 0),
                new Figure("policy/approxkl_avg", 0),
                new Figure("policy/entropy_avg", 0),
                new Figure("val/ratio_var", 0),
                new Figure("gradient_norm/policy", 0));
        return Stream.concat(shared, Stream.of(further)).toList();
    }

    int prompts(int steps) {
        return steps * EPISODES / samples;
    }

    private static RewardSpec reward(RewardComponentSpec.Builder component) {
        return RewardSpec.newBuilder().addComponents(component).build();
    }

    /** @param judge name of a published reward model, from which a critic starts as well */
    RunSpec run(Path checkpoint, String judge, Path prompts, Path texts, int steps) {
        PpoSpec.Builder spec = PpoSpec.newBuilder()
                .setModel(checkpoint.toString())
                .setPrompts(Data.newBuilder().setPath(prompts.toString()))
                .setReward(reward(RewardComponentSpec.newBuilder()
                        .setName("judge")
                        .setModel(ModelReward.newBuilder().setModel(judge))))
                .setSteps(steps)
                .setPromptsPerStep(EPISODES / samples)
                .setSamplesPerPrompt(samples)
                .setTemperature(0.9)
                .setStopping(Stopping.newBuilder()
                        .setMaxTokens(LONGEST)
                        .addAllStopTokenIds(IntStream.range(2, 34).boxed().toList()))
                .setInnerEpochs(2)
                .setMinibatches(MINIBATCHES)
                .setOptimizer(Optimizer.newBuilder().setLearningRate(RATE));
        choose(spec, texts);
        return RunSpec.newBuilder()
                .setName(name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .setPpo(spec)
                .build();
    }
}
