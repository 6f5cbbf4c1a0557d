package dev.plumbline.trainer.spec;

import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.Dtype;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.Schedule;
import dev.plumbline.trainer.run.BestBy;

/** Numbers of a complete spec that are out of range, or do not go together. */
final class RangeCheck {
    /** η; AReaL's figures end at 16, and lose from 8 on. */
    private static final int MOST_STALENESS = 8;

    private RangeCheck() {}

    static void passes(
            Problems problems,
            String at,
            int batchSize,
            boolean hasEpochs,
            double epochs,
            boolean hasSteps,
            long steps) {
        problems.require(batchSize >= 1, at + ".batch_size", "must be >= 1", batchSize);
        if (hasEpochs && hasSteps) {
            problems.add(
                    at + ".steps",
                    "steps and epochs say the same thing twice, got " + steps + " and " + epochs
                            + "; leave one of them out");
        }
        problems.require(!hasEpochs || (epochs > 0 && Double.isFinite(epochs)), at + ".epochs", "must be > 0", epochs);
        problems.require(!hasSteps || steps >= 1, at + ".steps", "must be >= 1", steps);
    }

    static void optimizer(Problems problems, String at, Optimizer optimizer) {
        double learningRate = optimizer.getLearningRate();
        problems.require(
                learningRate > 0 && Double.isFinite(learningRate), at + ".learning_rate", "must be > 0", learningRate);
        problems.require(
                optimizer.getSchedule() != Schedule.UNRECOGNIZED,
                at + ".schedule",
                "must be CONSTANT, LINEAR or COSINE",
                optimizer.getScheduleValue());
        share(problems, at + ".final_factor", optimizer.getFinalFactor());
        share(problems, at + ".warmup_factor", optimizer.getWarmupFactor());
        problems.require(
                optimizer.getWarmupSteps() >= 0, at + ".warmup_steps", "must be >= 0", optimizer.getWarmupSteps());
        decay(problems, at + ".beta1", optimizer.getBeta1());
        decay(problems, at + ".beta2", optimizer.getBeta2());
        problems.require(optimizer.getEpsilon() > 0, at + ".epsilon", "must be > 0", optimizer.getEpsilon());
        notNegative(problems, at + ".weight_decay", optimizer.getWeightDecay());
        notNegative(problems, at + ".max_gradient_norm", optimizer.getMaxGradientNorm());
    }

    static void lora(Problems problems, String at, Lora lora) {
        problems.require(lora.getRank() >= 1, at + ".rank", "must be >= 1", lora.getRank());
        problems.require(
                lora.getAlpha() > 0 && Double.isFinite(lora.getAlpha()), at + ".alpha", "must be > 0", lora.getAlpha());
    }

    static void course(Problems problems, String at, Course course) {
        problems.require(
                course.getEvaluateEvery() >= 0, at + ".evaluate_every", "must be >= 0", course.getEvaluateEvery());
        problems.require(
                course.getCheckpointEvery() >= 0,
                at + ".checkpoint_every",
                "must be >= 0",
                course.getCheckpointEvery());
        problems.require(
                course.getMicroBatchTokens() >= 1,
                at + ".micro_batch_tokens",
                "must be >= 1",
                course.getMicroBatchTokens());
        problems.require(
                course.getDtype() != Dtype.UNRECOGNIZED,
                at + ".dtype",
                "must be FLOAT32, BFLOAT16 or AUTO",
                course.getDtypeValue());
        problems.require(
                course.getKeepCheckpoints() >= 1,
                at + ".keep_checkpoints",
                "must be >= 1",
                course.getKeepCheckpoints());
        try {
            BestBy.parse(course.getBestBy());
        } catch (IllegalArgumentException e) {
            problems.add(at + ".best_by", "best_by " + e.getMessage() + ", got \"" + course.getBestBy() + "\"");
        }
    }

    static void ppo(Problems problems, String at, PpoSpec spec) {
        problems.require(spec.getSteps() >= 1, at + ".steps", "must be >= 1", spec.getSteps());
        problems.require(
                spec.getPromptsPerStep() >= 1, at + ".prompts_per_step", "must be >= 1", spec.getPromptsPerStep());
        problems.require(
                spec.getSamplesPerPrompt() >= 1,
                at + ".samples_per_prompt",
                "must be >= 1",
                spec.getSamplesPerPrompt());
        problems.require(
                spec.getTemperature() > 0 && Double.isFinite(spec.getTemperature()),
                at + ".temperature",
                "must be > 0: a greedy policy explores nothing",
                spec.getTemperature());
        stopping(problems, at + ".stopping", spec.getStopping());
        problems.require(
                !spec.hasMaxPromptTokens() || spec.getMaxPromptTokens() >= 1,
                at + ".max_prompt_tokens",
                "must be >= 1",
                spec.getMaxPromptTokens());
        kl(problems, at + ".kl", spec.getKl());
        share(problems, at + ".discount", spec.getDiscount());
        share(problems, at + ".gae_lambda", spec.getGaeLambda());
        problems.require(
                spec.getClipLow() > 0 && spec.getClipLow() <= 1,
                at + ".clip_low",
                "must be in (0, 1]",
                spec.getClipLow());
        problems.require(spec.getClipHigh() > 0, at + ".clip_high", "must be > 0", spec.getClipHigh());
        notNegative(problems, at + ".value_clip", spec.getValueClip());
        problems.require(
                !spec.hasDualClip() || spec.getDualClip() > 1, at + ".dual_clip", "must be > 1", spec.getDualClip());
        problems.require(spec.getInnerEpochs() >= 1, at + ".inner_epochs", "must be >= 1", spec.getInnerEpochs());
        minibatches(problems, at, spec);
        notNegative(problems, at + ".entropy_coefficient", spec.getEntropyCoefficient());
        notNegative(problems, at + ".missing_eos_penalty", spec.getMissingEosPenalty());
        problems.require(
                Double.isFinite(spec.getMissingEosScore()),
                at + ".missing_eos_score",
                "must be a number",
                spec.getMissingEosScore());
        if (spec.hasMissingEosPenalty() && spec.hasMissingEosScore()) {
            problems.add(
                    at + ".missing_eos_score",
                    "missing_eos_score replaces the score from which missing_eos_penalty would be subtracted; leave one"
                            + " of them out");
        }
        bootstrap(problems, at, spec);
        problems.require(
                spec.getMaxStaleness() >= 0 && spec.getMaxStaleness() <= MOST_STALENESS,
                at + ".max_staleness",
                "must be from 0 to " + MOST_STALENESS + ": answers of older versions teach next to nothing",
                spec.getMaxStaleness());
        notNegative(problems, at + ".behaviour_truncation", spec.getBehaviourTruncation());
        notNegative(problems, at + ".behaviour_rejection", spec.getBehaviourRejection());
        share(problems, at + ".min_group_share", spec.getMinGroupShare());
        optimizer(problems, at + ".optimizer", spec.getOptimizer());
        if (EstimatorDefaults.hasCritic(spec)) {
            optimizer(problems, at + ".critic_optimizer", spec.getCriticOptimizer());
        }
        course(problems, at + ".course", spec.getCourse());
        if (spec.hasLora()) {
            lora(problems, at + ".lora", spec.getLora());
        }
        if (spec.hasPtx()) {
            ptx(problems, at + ".ptx", spec.getPtx());
        }
    }

    private static void bootstrap(Problems problems, String at, PpoSpec spec) {
        if (spec.getBootstrapTruncated() && spec.hasOverlongBuffer()) {
            problems.add(
                    at + ".overlong_buffer",
                    "overlong_buffer says that an answer near max_tokens is too long, bootstrap_truncated that being"
                            + " cut off there is nobody's fault; leave one of them out");
        }
        if (spec.getBootstrapTruncated() && (spec.getMissingEosPenalty() > 0 || spec.hasMissingEosScore())) {
            problems.add(
                    at + ".bootstrap_truncated",
                    "bootstrap_truncated says that an answer that was cut off would have gone on well or badly,"
                            + " missing_eos_penalty and missing_eos_score that it is bad; leave one of them out");
        }
    }

    static void dpo(Problems problems, String at, DpoSpec spec) {
        problems.require(
                spec.getBeta() > 0 && Double.isFinite(spec.getBeta()), at + ".beta", "must be > 0", spec.getBeta());
        problems.require(
                spec.getLabelSmoothing() >= 0 && spec.getLabelSmoothing() < 0.5,
                at + ".label_smoothing",
                "must be in [0, 0.5)",
                spec.getLabelSmoothing());
    }

    private static void minibatches(Problems problems, String at, PpoSpec spec) {
        long episodes = (long) spec.getPromptsPerStep() * spec.getSamplesPerPrompt();
        problems.require(spec.getMinibatches() >= 1, at + ".minibatches", "must be >= 1", spec.getMinibatches());
        if (spec.getMinibatches() > episodes && episodes >= 1) {
            problems.add(
                    at + ".minibatches",
                    "minibatches must be at most the " + episodes + " episodes of a step (prompts_per_step x"
                            + " samples_per_prompt), got " + spec.getMinibatches());
        }
    }

    static void stopping(Problems problems, String at, Stopping stopping) {
        problems.require(
                stopping.hasMaxTokens() && stopping.getMaxTokens() >= 1,
                at + ".max_tokens",
                "must be set and >= 1",
                stopping.hasMaxTokens() ? stopping.getMaxTokens() : "nothing");
        problems.require(
                stopping.getStopStringsList().stream().noneMatch(String::isEmpty),
                at + ".stop_strings",
                "must not be empty strings",
                stopping.getStopStringsList());
    }

    private static void kl(Problems problems, String at, KlPenalty kl) {
        notNegative(problems, at + ".coefficient", kl.getCoefficient());
        problems.require(!kl.hasTarget() || kl.getTarget() > 0, at + ".target", "must be > 0", kl.getTarget());
        problems.require(!kl.hasHorizon() || kl.getHorizon() > 0, at + ".horizon", "must be > 0", kl.getHorizon());
    }

    private static void ptx(Problems problems, String at, PretrainingMix ptx) {
        notNegative(problems, at + ".coefficient", ptx.getCoefficient());
        problems.require(
                ptx.getExamplesPerEpisode() > 0 && Double.isFinite(ptx.getExamplesPerEpisode()),
                at + ".examples_per_episode",
                "must be > 0",
                ptx.getExamplesPerEpisode());
    }

    private static void share(Problems problems, String field, double value) {
        problems.require(value >= 0 && value <= 1, field, "must be in [0, 1]", value);
    }

    static void decay(Problems problems, String field, double value) {
        problems.require(value >= 0 && value < 1, field, "must be in [0, 1)", value);
    }

    private static void notNegative(Problems problems, String field, double value) {
        problems.require(value >= 0 && Double.isFinite(value), field, "must be >= 0", value);
    }
}
