package dev.plumbline.trainer.spec;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.trainer.data.RankingEncoding;
import dev.plumbline.trainer.data.RankingFormat;
import java.util.Optional;

/** Checks and completes the spec of a reward-model run. */
final class RewardModelCheck {
    private static final String AT = "spec.reward_model";
    private static final String DATA = AT + ".data";

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
        models.output(AT + ".output", spec.getOutput());
        dataCheck.data(DATA, spec.getData(), true);
        Optional<ModelCheck.Found> model = models.find(AT + ".model", spec.getModel(), true);
        if (model.isEmpty()) {
            return spec;
        }
        Data data = dataCheck.completeLength(
                DATA, spec.getData(), model.get().facts().context());
        try (Tokenizer tokenizer = model.get().tokenizer()) {
            dataCheck.look(DATA, data, new RankingFormat(), new RankingEncoding(new TextEncoder(tokenizer)));
        } catch (IllegalArgumentException e) {
            problems.add(AT + ".model", String.valueOf(e.getMessage()));
        }
        return spec.toBuilder().setModel(model.get().name()).setData(data).build();
    }
}
