package dev.plumbline.trainer.spec;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.trainer.data.AskedDemonstrationEncoding;
import dev.plumbline.trainer.data.AskedDemonstrationFormat;
import dev.plumbline.trainer.data.DemonstrationEncoding;
import dev.plumbline.trainer.data.DemonstrationFormat;
import dev.plumbline.trainer.data.TextEncoding;
import dev.plumbline.trainer.data.TextFormat;
import java.util.Optional;

/** Checks and completes the spec of a fine-tuning run. */
final class SftCheck {
    private static final String AT = "spec.sft";
    private static final String DATA = AT + ".data";
    private static final String PRETRAINING = AT + ".pretraining";

    private final Problems problems;
    private final ModelCheck models;
    private final DataCheck dataCheck;

    SftCheck(Problems problems, ModelCheck models, DataCheck dataCheck) {
        this.problems = problems;
        this.models = models;
        this.dataCheck = dataCheck;
    }

    SftSpec resolve(SftSpec spec) {
        RangeCheck.passes(
                problems,
                AT,
                spec.getBatchSize(),
                spec.hasEpochs(),
                spec.getEpochs(),
                spec.hasSteps(),
                spec.getSteps());
        RangeCheck.optimizer(problems, AT + ".optimizer", spec.getOptimizer());
        RangeCheck.course(problems, AT + ".course", spec.getCourse());
        if (spec.hasLora()) {
            RangeCheck.lora(problems, AT + ".lora", spec.getLora());
        }
        problems.require(
                spec.getObjective() != SftObjective.UNRECOGNIZED,
                AT + ".objective",
                "must be COMPLETION or TEXT",
                spec.getObjectiveValue());
        problems.require(
                spec.getDropout() >= 0 && spec.getDropout() < 1,
                AT + ".dropout",
                "must be in [0, 1)",
                spec.getDropout());
        models.output(AT + ".output", spec.getOutput());
        dataCheck.data(DATA, spec.getData(), true);
        pretraining(spec);
        SftSpec.Builder resolved = spec.toBuilder();
        RewardEvaluationCheck evaluation = new RewardEvaluationCheck(problems, models, AT);
        if (spec.hasRewardEvaluation()) {
            resolved.setRewardEvaluation(evaluation.resolve(spec));
        }
        Optional<ModelCheck.Found> model = models.causal(AT + ".model", spec.getModel(), false);
        if (model.isEmpty()) {
            return spec;
        }
        if (spec.hasLora()) {
            models.targets(
                    AT + ".lora.target_modules", model.get(), spec.getLora().getTargetModulesList());
        }
        Data data = dataCheck.completeLength(
                DATA, spec.getData(), model.get().facts().context());
        if (spec.hasRewardEvaluation()) {
            evaluation.answers(spec, model.get());
        }
        resolved.setModel(model.get().name())
                .setCourse(models.measured(spec.getCourse(), model.get()))
                .setData(data);
        if (spec.hasPretraining()) {
            resolved.setPretraining(dataCheck.completeLength(
                    PRETRAINING, spec.getPretraining(), model.get().facts().context()));
        }
        look(model.get(), resolved.build());
        return resolved.build();
    }

    private void pretraining(SftSpec spec) {
        double share = spec.getPretrainingShare();
        problems.require(
                !spec.hasPretrainingShare() || (share > 0 && share < 1),
                AT + ".pretraining_share",
                "must be in (0, 1)",
                share);
        if (spec.hasPretraining()) {
            dataCheck.data(PRETRAINING, spec.getPretraining(), false);
        } else if (spec.hasPretrainingShare()) {
            problems.add(
                    AT + ".pretraining_share",
                    "pretraining_share " + share + " needs texts; give pretraining.path, or leave it out");
        }
    }

    private void look(ModelCheck.Found model, SftSpec spec) {
        Data data = spec.getData();
        try (Tokenizer tokenizer = model.tokenizer()) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            if (spec.getObjective() == SftObjective.SFT_OBJECTIVE_TEXT) {
                dataCheck.look(DATA, data, new TextFormat(), new TextEncoding(encoder));
            } else if (spec.hasRewardEvaluation()) {
                boolean needsGroundTruth = SpecConversion.needsGroundTruth(
                        spec.getRewardEvaluation().getReward());
                dataCheck.look(
                        DATA,
                        data,
                        new AskedDemonstrationFormat(needsGroundTruth),
                        new AskedDemonstrationEncoding(encoder));
            } else {
                dataCheck.look(DATA, data, new DemonstrationFormat(), new DemonstrationEncoding(encoder));
            }
            if (spec.hasPretraining()) {
                dataCheck.look(PRETRAINING, spec.getPretraining(), new TextFormat(), new TextEncoding(encoder));
            }
        } catch (IllegalArgumentException e) {
            problems.add(AT + ".model", String.valueOf(e.getMessage()));
        }
    }
}
