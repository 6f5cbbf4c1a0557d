package dev.plumbline.trainer.spec;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.trainer.data.DemonstrationEncoding;
import dev.plumbline.trainer.data.DemonstrationFormat;
import dev.plumbline.trainer.data.TextEncoding;
import dev.plumbline.trainer.data.TextFormat;
import java.util.Optional;

/** Checks and completes the spec of a fine-tuning run. */
final class SftCheck {
    private static final String AT = "spec.sft";
    private static final String DATA = AT + ".data";

    private final Problems problems;
    private final ModelCheck models;
    private final long seed;

    SftCheck(Problems problems, ModelCheck models, long seed) {
        this.problems = problems;
        this.models = models;
        this.seed = seed;
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
        models.output(AT + ".output", spec.getOutput());
        DataCheck.data(problems, DATA, spec.getData(), true);
        Optional<ModelCheck.Found> model = models.causal(AT + ".model", spec.getModel(), false);
        if (model.isEmpty()) {
            return spec;
        }
        if (spec.hasLora()) {
            models.targets(
                    AT + ".lora.target_modules", model.get(), spec.getLora().getTargetModulesList());
        }
        Data data = DataCheck.completeLength(
                problems, DATA, spec.getData(), model.get().facts().context());
        look(model.get(), spec, data);
        return spec.toBuilder()
                .setModel(model.get().name())
                .setData(data)
                .setCourse(models.measured(spec.getCourse(), model.get()))
                .build();
    }

    private void look(ModelCheck.Found model, SftSpec spec, Data data) {
        try (Tokenizer tokenizer = model.tokenizer()) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            if (spec.getObjective() == SftObjective.SFT_OBJECTIVE_TEXT) {
                DataPreview.look(problems, DATA, data, new TextFormat(), new TextEncoding(encoder), seed);
            } else {
                DataPreview.look(
                        problems, DATA, data, new DemonstrationFormat(), new DemonstrationEncoding(encoder), seed);
            }
        } catch (IllegalArgumentException e) {
            problems.add(AT + ".model", String.valueOf(e.getMessage()));
        }
    }
}
