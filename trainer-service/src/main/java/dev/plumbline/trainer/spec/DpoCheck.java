package dev.plumbline.trainer.spec;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.trainer.data.RankingEncoding;
import dev.plumbline.trainer.data.RankingFormat;
import java.util.Optional;

/** Checks and completes the spec of a run of direct preference optimisation. */
final class DpoCheck {
    private static final String AT = "spec.dpo";
    private static final String DATA = AT + ".data";

    private final Problems problems;
    private final ModelCheck models;
    private final DataCheck dataCheck;

    DpoCheck(Problems problems, ModelCheck models, DataCheck dataCheck) {
        this.problems = problems;
        this.models = models;
        this.dataCheck = dataCheck;
    }

    DpoSpec resolve(DpoSpec given) {
        RangeCheck.passes(
                problems,
                AT,
                given.getBatchSize(),
                given.hasEpochs(),
                given.getEpochs(),
                given.hasSteps(),
                given.getSteps());
        RangeCheck.dpo(problems, AT, given);
        RangeCheck.optimizer(problems, AT + ".optimizer", given.getOptimizer());
        RangeCheck.course(problems, AT + ".course", given.getCourse());
        models.output(AT + ".output", given.getOutput());
        dataCheck.data(DATA, given.getData(), true);
        DpoSpec.Builder spec = given.toBuilder();
        Optional<ModelCheck.Found> policy = models.causal(AT + ".model", given.getModel(), true);
        Optional<ModelCheck.Found> reference = reference(spec, policy);
        policy.ifPresent(found -> complete(spec, found, reference.orElse(found)));
        return spec.build();
    }

    private Optional<ModelCheck.Found> reference(DpoSpec.Builder spec, Optional<ModelCheck.Found> policy) {
        if (spec.getReference().isEmpty() || spec.getReference().equals(spec.getModel())) {
            policy.ifPresent(found -> spec.setReference(found.name()));
            return policy;
        }
        Optional<ModelCheck.Found> reference = models.causal(AT + ".reference", spec.getReference(), true);
        reference.ifPresent(found -> {
            spec.setReference(found.name());
            policy.ifPresent(known -> models.sameVocabulary(AT + ".reference", found, known));
        });
        return reference;
    }

    /** Examples have to fit into the contexts of both models. */
    private void complete(DpoSpec.Builder spec, ModelCheck.Found policy, ModelCheck.Found reference) {
        spec.setModel(policy.name());
        spec.setCourse(models.measured(spec.getCourse(), policy));
        int context = Math.min(policy.facts().context(), reference.facts().context());
        Data data = dataCheck.completeLength(DATA, spec.getData(), context);
        spec.setData(data);
        try (Tokenizer tokenizer = policy.tokenizer()) {
            dataCheck.look(DATA, data, new RankingFormat(), new RankingEncoding(new TextEncoder(tokenizer)));
        } catch (IllegalArgumentException e) {
            problems.add(AT + ".model", String.valueOf(e.getMessage()));
        }
    }
}
