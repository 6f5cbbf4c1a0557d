package dev.plumbline.trainer.spec;

import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.Dtype;
import dev.plumbline.proto.trainer.v1.Ema;
import dev.plumbline.proto.trainer.v1.FieldMapping;
import dev.plumbline.proto.trainer.v1.GuardrailAction;
import dev.plumbline.proto.trainer.v1.Guardrails;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.proto.trainer.v1.RewardEvaluation;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.proto.trainer.v1.TooLong;
import dev.plumbline.trainer.data.FieldNames;

/**
 * Every default of a run's spec that does not depend on a model. What the caller has set is left as it is, also where
 * it is wrong.
 */
final class SpecDefaults {
    private static final double SFT_LEARNING_RATE = 1e-5;
    private static final double REWARD_MODEL_LEARNING_RATE = 9e-6;
    private static final double DPO_LEARNING_RATE = 1e-6;
    private static final double POLICY_LEARNING_RATE = 1e-6;
    private static final double CRITIC_LEARNING_RATE = 9e-6;
    /** Adapters want about ten times the learning rate that all weights want, whatever their rank. */
    private static final double LORA_RATE_FACTOR = 10;

    private static final double EPSILON = 1e-8;
    /** Larger than elsewhere because TensorFlow 1 added it before the bias correction. */
    private static final double PPO_EPSILON = 1e-5;

    private SpecDefaults() {}

    static RunSpec fill(RunSpec given) {
        RunSpec.Builder spec = given.toBuilder();
        if (!spec.hasSeed()) {
            spec.setSeed(0);
        }
        if (given.hasGuardrails()) {
            spec.setGuardrails(guardrails(given.getGuardrails()));
        }
        switch (given.getStageCase()) {
            case SFT -> {
                name(spec, "sft");
                spec.setSft(sft(given.getSft()));
            }
            case REWARD_MODEL -> {
                name(spec, "reward-model");
                spec.setRewardModel(rewardModel(given.getRewardModel()));
            }
            case PPO -> {
                name(spec, "ppo");
                spec.setPpo(ppo(given.getPpo()));
            }
            case DPO -> {
                name(spec, "dpo");
                spec.setDpo(dpo(given.getDpo()));
            }
            case STAGE_NOT_SET -> name(spec, "run");
        }
        return spec.build();
    }

    private static void name(RunSpec.Builder spec, String stage) {
        if (spec.getName().isEmpty()) {
            spec.setName(stage);
        }
    }

    private static Guardrails guardrails(Guardrails given) {
        Guardrails.Builder guardrails = given.toBuilder();
        if (!guardrails.hasPatience()) {
            guardrails.setPatience(1);
        }
        if (guardrails.getAction() == GuardrailAction.GUARDRAIL_ACTION_UNSPECIFIED) {
            guardrails.setAction(GuardrailAction.GUARDRAIL_ACTION_HALT);
        }
        return guardrails.build();
    }

    private static SftSpec sft(SftSpec given) {
        SftSpec.Builder spec = given.toBuilder();
        if (spec.getOutput().isEmpty()) {
            spec.setOutput("policy");
        }
        spec.setData(data(given.getData()));
        if (spec.getObjective() == SftObjective.SFT_OBJECTIVE_UNSPECIFIED) {
            spec.setObjective(SftObjective.SFT_OBJECTIVE_COMPLETION);
        }
        if (given.hasLora()) {
            spec.setLora(lora(given.getLora()));
        }
        spec.setOptimizer(optimizer(given.getOptimizer(), rate(SFT_LEARNING_RATE, given.hasLora()), EPSILON));
        if (!spec.hasBatchSize()) {
            spec.setBatchSize(32);
        }
        if (!spec.hasEpochs() && !spec.hasSteps()) {
            spec.setEpochs(1);
        }
        if (!spec.hasDropout()) {
            spec.setDropout(0);
        }
        if (given.hasPretraining()) {
            spec.setPretraining(data(given.getPretraining()));
            if (!spec.hasPretrainingShare()) {
                spec.setPretrainingShare(0.1);
            }
        }
        if (given.hasRewardEvaluation()) {
            spec.setRewardEvaluation(rewardEvaluation(given.getRewardEvaluation(), spec.getOutput()));
        }
        String bestBy = given.hasRewardEvaluation() ? "highest eval/score" : "lowest eval/loss";
        return spec.setCourse(course(given.getCourse(), bestBy)).build();
    }

    private static RewardEvaluation rewardEvaluation(RewardEvaluation given, String output) {
        RewardEvaluation.Builder evaluation = given.toBuilder();
        evaluation.getRewardBuilder().getComponentsBuilderList().forEach(SpecDefaults::weight);
        if (!evaluation.hasTemperature()) {
            evaluation.setTemperature(1);
        }
        return evaluation
                .setOutput(or(evaluation.getOutput(), output + "-candidate"))
                .build();
    }

    private static RewardModelSpec rewardModel(RewardModelSpec given) {
        RewardModelSpec.Builder spec = given.toBuilder();
        if (spec.getOutput().isEmpty()) {
            spec.setOutput("reward");
        }
        spec.setData(data(given.getData()));
        if (given.hasLora()) {
            spec.setLora(lora(given.getLora()));
        }
        double rate = rate(REWARD_MODEL_LEARNING_RATE, given.hasLora());
        spec.setOptimizer(optimizer(cosine(given.getOptimizer()), rate, EPSILON));
        if (!spec.hasCenterScores()) {
            spec.setCenterScores(true);
        }
        if (given.hasDemonstrations()) {
            spec.setDemonstrations(data(given.getDemonstrations()));
        }
        if (!spec.hasBatchSize()) {
            spec.setBatchSize(64);
        }
        if (!spec.hasEpochs() && !spec.hasSteps()) {
            spec.setEpochs(1);
        }
        return spec.setCourse(course(given.getCourse(), "highest eval/accuracy"))
                .build();
    }

    private static Optimizer cosine(Optimizer given) {
        return given.getSchedule() == Schedule.SCHEDULE_UNSPECIFIED
                ? given.toBuilder().setSchedule(Schedule.SCHEDULE_COSINE).build()
                : given;
    }

    private static DpoSpec dpo(DpoSpec given) {
        DpoSpec.Builder spec = given.toBuilder();
        if (spec.getOutput().isEmpty()) {
            spec.setOutput("policy");
        }
        spec.setData(data(given.getData()));
        if (!spec.hasBeta()) {
            spec.setBeta(0.1);
        }
        if (!spec.hasLabelSmoothing()) {
            spec.setLabelSmoothing(0);
        }
        spec.setOptimizer(optimizer(given.getOptimizer(), DPO_LEARNING_RATE, EPSILON));
        if (!spec.hasBatchSize()) {
            spec.setBatchSize(64);
        }
        if (!spec.hasEpochs() && !spec.hasSteps()) {
            spec.setEpochs(1);
        }
        return spec.setCourse(course(given.getCourse(), "highest eval/rewards/accuracies"))
                .build();
    }

    private static PpoSpec ppo(PpoSpec given) {
        PpoSpec.Builder spec = given.toBuilder();
        if (spec.getOutput().isEmpty()) {
            spec.setOutput("policy");
        }
        if (spec.getPromptsFrom() == PromptSource.PROMPT_SOURCE_UNSPECIFIED) {
            spec.setPromptsFrom(PromptSource.PROMPT_SOURCE_DATASET);
        }
        if (given.hasPrompts()) {
            spec.setPrompts(data(given.getPrompts()));
        }
        if (given.hasEvaluation()) {
            spec.setEvaluation(data(given.getEvaluation()));
        }
        spec.getRewardBuilder().getComponentsBuilderList().forEach(SpecDefaults::weight);
        if (!spec.hasPromptsPerStep()) {
            spec.setPromptsPerStep(64);
        }
        if (!spec.hasSamplesPerPrompt()) {
            spec.setSamplesPerPrompt(1);
        }
        if (!spec.hasTemperature()) {
            spec.setTemperature(1);
        }
        spec.setKl(kl(given.getKl()));
        if (given.hasPtx()) {
            spec.setPtx(ptx(given.getPtx()));
        }
        if (given.hasEma()) {
            spec.setEma(ema(given.getEma(), spec.getOutput()));
        }
        if (given.hasLora()) {
            spec.setLora(lora(given.getLora()));
        }
        spec.setOptimizer(optimizer(given.getOptimizer(), rate(POLICY_LEARNING_RATE, given.hasLora()), PPO_EPSILON));
        EstimatorDefaults.fill(spec);
        if (EstimatorDefaults.hasCritic(spec)) {
            spec.setCriticOptimizer(optimizer(given.getCriticOptimizer(), CRITIC_LEARNING_RATE, PPO_EPSILON));
        }
        objective(spec);
        return spec.setCourse(course(given.getCourse(), "highest eval/reward")).build();
    }

    private static void weight(RewardComponentSpec.Builder component) {
        if (!component.hasWeight()) {
            component.setWeight(1);
        }
    }

    private static void objective(PpoSpec.Builder spec) {
        if (!spec.hasInnerEpochs()) {
            spec.setInnerEpochs(1);
        }
        if (!spec.hasMinibatches()) {
            spec.setMinibatches(4);
        }
        if (!spec.hasEntropyCoefficient()) {
            spec.setEntropyCoefficient(0);
        }
        if (!spec.hasMissingEosPenalty() && !spec.hasMissingEosScore()) {
            spec.setMissingEosPenalty(0);
        }
        if (!spec.hasMaxStaleness()) {
            spec.setMaxStaleness(0);
        }
        if (!spec.hasBehaviourTruncation()) {
            spec.setBehaviourTruncation(2);
        }
        if (!spec.hasBehaviourRejection()) {
            spec.setBehaviourRejection(5);
        }
        if (!spec.hasMinGroupShare()) {
            spec.setMinGroupShare(0.9);
        }
    }

    private static KlPenalty kl(KlPenalty given) {
        KlPenalty.Builder kl = given.toBuilder();
        if (!kl.hasCoefficient()) {
            kl.setCoefficient(0.02);
        }
        if (kl.hasTarget() && !kl.hasHorizon()) {
            kl.setHorizon(10_000);
        }
        return kl.build();
    }

    private static PretrainingMix ptx(PretrainingMix given) {
        PretrainingMix.Builder ptx = given.toBuilder().setData(data(given.getData()));
        if (!ptx.hasCoefficient()) {
            ptx.setCoefficient(0.05);
        }
        if (!ptx.hasExamplesPerEpisode()) {
            ptx.setExamplesPerEpisode(1);
        }
        return ptx.build();
    }

    private static Ema ema(Ema given, String output) {
        Ema.Builder ema = given.toBuilder();
        if (!ema.hasDecay()) {
            ema.setDecay(0.992);
        }
        return ema.setOutput(or(ema.getOutput(), output + "-ema")).build();
    }

    private static Lora lora(Lora given) {
        Lora.Builder lora = given.toBuilder();
        if (!lora.hasRank()) {
            lora.setRank(16);
        }
        if (!lora.hasAlpha()) {
            lora.setAlpha(2.0 * lora.getRank());
        }
        return lora.build();
    }

    private static double rate(double full, boolean adapted) {
        return adapted ? LORA_RATE_FACTOR * full : full;
    }

    private static Optimizer optimizer(Optimizer given, double learningRate, double epsilon) {
        Optimizer.Builder optimizer = given.toBuilder();
        if (!optimizer.hasLearningRate()) {
            optimizer.setLearningRate(learningRate);
        }
        if (optimizer.getSchedule() == Schedule.SCHEDULE_UNSPECIFIED) {
            optimizer.setSchedule(Schedule.SCHEDULE_CONSTANT);
        }
        if (!optimizer.hasFinalFactor()) {
            optimizer.setFinalFactor(0.1);
        }
        if (!optimizer.hasWarmupSteps()) {
            optimizer.setWarmupSteps(0);
        }
        if (!optimizer.hasWarmupFactor()) {
            optimizer.setWarmupFactor(0.1);
        }
        if (!optimizer.hasBeta1()) {
            optimizer.setBeta1(0.9);
        }
        if (!optimizer.hasBeta2()) {
            optimizer.setBeta2(0.95);
        }
        if (!optimizer.hasEpsilon()) {
            optimizer.setEpsilon(epsilon);
        }
        if (!optimizer.hasWeightDecay()) {
            optimizer.setWeightDecay(0);
        }
        if (!optimizer.hasDecayAll()) {
            optimizer.setDecayAll(false);
        }
        if (!optimizer.hasMaxGradientNorm()) {
            optimizer.setMaxGradientNorm(1);
        }
        return optimizer.build();
    }

    private static Course course(Course given, String bestBy) {
        Course.Builder course = given.toBuilder();
        if (!course.hasEvaluateEvery()) {
            course.setEvaluateEvery(0);
        }
        if (!course.hasCheckpointEvery()) {
            course.setCheckpointEvery(0);
        }
        if (!course.hasMicroBatchTokens()) {
            course.setMicroBatchTokens(4096);
        }
        if (!course.hasGradientCheckpointing()) {
            course.setGradientCheckpointing(false);
        }
        if (course.getDtype() == Dtype.DTYPE_UNSPECIFIED) {
            course.setDtype(Dtype.DTYPE_FLOAT32);
        }
        if (!course.hasKeepCheckpoints()) {
            course.setKeepCheckpoints(2);
        }
        if (course.getBestBy().isEmpty()) {
            course.setBestBy(bestBy);
        }
        return course.build();
    }

    private static Data data(Data given) {
        Data.Builder data = given.toBuilder();
        if (!data.hasEvalFraction()) {
            data.setEvalFraction(0);
        }
        if (data.getTooLong() == TooLong.TOO_LONG_UNSPECIFIED) {
            data.setTooLong(TooLong.TOO_LONG_FAIL);
        }
        if (!data.hasMaxBadLines()) {
            data.setMaxBadLines(0);
        }
        return data.setFields(fields(given.getFields())).build();
    }

    private static FieldMapping fields(FieldMapping given) {
        FieldNames usual = FieldNames.USUAL;
        return FieldMapping.newBuilder()
                .setPrompt(or(given.getPrompt(), usual.prompt()))
                .setCompletion(or(given.getCompletion(), usual.completion()))
                .setMessages(or(given.getMessages(), usual.messages()))
                .setText(or(given.getText(), usual.text()))
                .setChosen(or(given.getChosen(), usual.chosen()))
                .setRejected(or(given.getRejected(), usual.rejected()))
                .setCompletions(or(given.getCompletions(), usual.completions()))
                .setRanks(or(given.getRanks(), usual.ranks()))
                .setGroundTruth(or(given.getGroundTruth(), usual.groundTruth()))
                .setSource(or(given.getSource(), usual.source()))
                .build();
    }

    private static String or(String given, String usual) {
        return given.isEmpty() ? usual : given;
    }
}
