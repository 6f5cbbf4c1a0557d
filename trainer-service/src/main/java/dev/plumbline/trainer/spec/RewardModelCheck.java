package dev.plumbline.trainer.spec;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.trainer.data.DemonstrationEncoding;
import dev.plumbline.trainer.data.DemonstrationFormat;
import dev.plumbline.trainer.data.RankingEncoding;
import dev.plumbline.trainer.data.RankingFormat;
import java.util.Optional;

/** Checks and completes the spec of a reward-model run. */
final class RewardModelCheck {
    private static final String AT = "spec.reward_model";
    private static final String DATA = AT + ".data";
    private static final String DEMONSTRATIONS = AT + ".demonstrations";

    private final Problems problems;
    private final ModelCheck models;
    private final DataCheck dataCheck;

    RewardModelCheck(Problems problems, ModelCheck models, DataCheck dataCheck) {
        this.problems = problems;
        this.models = models;
        this.dataCheck = dataCheck;
    }

    RewardModelSpec resolve(RewardModelSpec spec) {
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
        models.output(AT + ".output", spec.getOutput());
        dataCheck.data(DATA, spec.getData(), true);
        if (spec.hasDemonstrations()) {
            dataCheck.data(DEMONSTRATIONS, spec.getDemonstrations(), false);
            if (!spec.getCenterScores()) {
                problems.add(
                        DEMONSTRATIONS,
                        "demonstrations are read only with center_scores true, got false; leave one of them out");
            }
        }
        Optional<ModelCheck.Found> model = models.find(AT + ".model", spec.getModel(), true);
        if (model.isEmpty()) {
            return spec;
        }
        if (spec.hasLora()) {
            models.targets(
                    AT + ".lora.target_modules", model.get(), spec.getLora().getTargetModulesList());
        }
        int context = model.get().facts().context();
        RewardModelSpec.Builder complete = spec.toBuilder()
                .setModel(model.get().name())
                .setCourse(models.measured(spec.getCourse(), model.get()))
                .setData(dataCheck.completeLength(DATA, spec.getData(), context));
        if (spec.hasDemonstrations()) {
            complete.setDemonstrations(dataCheck.completeLength(DEMONSTRATIONS, spec.getDemonstrations(), context));
        }
        look(model.get(), complete);
        return complete.build();
    }

    private void look(ModelCheck.Found model, RewardModelSpec.Builder spec) {
        try (Tokenizer tokenizer = model.tokenizer()) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            dataCheck.look(DATA, spec.getData(), new RankingFormat(), new RankingEncoding(encoder));
            if (spec.hasDemonstrations()) {
                dataCheck.look(
                        DEMONSTRATIONS,
                        spec.getDemonstrations(),
                        new DemonstrationFormat(),
                        new DemonstrationEncoding(encoder));
            }
        } catch (IllegalArgumentException e) {
            problems.add(AT + ".model", String.valueOf(e.getMessage()));
        }
    }
}
