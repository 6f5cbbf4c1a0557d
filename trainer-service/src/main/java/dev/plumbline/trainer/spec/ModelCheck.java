package dev.plumbline.trainer.spec;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.trainer.model.ModelCatalog;
import dev.plumbline.trainer.model.ModelFacts;
import dev.plumbline.trainer.model.ModelSource;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Models a spec names that are not there or do not fit their part. */
final class ModelCheck {
    private final ModelCatalog models;
    private final Problems problems;

    ModelCheck(ModelCatalog models, Problems problems) {
        this.models = models;
        this.problems = problems;
    }

    /** A model that was found and can be read. */
    record Found(ModelSource source, ModelFacts facts) {
        String name() {
            return source.name();
        }

        Tokenizer tokenizer() {
            return Tokenizer.load(source.directory());
        }
    }

    /** The model a field names; empty if that is a problem, which is noted. */
    Optional<Found> find(String field, String name, boolean weightsNeeded) {
        if (name.isEmpty()) {
            problems.add(field, "a model is needed: name@version, or a directory on the trainer's disk");
            return Optional.empty();
        }
        try {
            ModelSource source = models.find(name);
            ModelFacts facts = ModelFacts.read(source.directory());
            if (weightsNeeded && !facts.hasWeights()) {
                problems.add(
                        field, "\"" + name + "\" has no model.safetensors; only an sft run can start without weights");
                return Optional.empty();
            }
            // Names, shapes and places of all tensors, without reading one.
            Checkpoint.open(source.directory());
            return Optional.of(new Found(source, facts));
        } catch (IllegalArgumentException | InvalidModelException | UncheckedIOException e) {
            problems.add(field, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** A model that predicts tokens. */
    Optional<Found> causal(String field, String name, boolean weightsNeeded) {
        Optional<Found> found = find(field, name, weightsNeeded);
        if (found.isPresent() && found.get().facts().scores()) {
            problems.add(field, "\"" + name + "\" has a score head; a causal language model is needed here");
            return Optional.empty();
        }
        return found;
    }

    /** A model that scores. */
    Optional<Found> scoring(String field, String name) {
        Optional<Found> found = find(field, name, true);
        if (found.isPresent() && !found.get().facts().scores()) {
            problems.add(field, "\"" + name + "\" is a causal language model; a reward model is needed here");
            return Optional.empty();
        }
        return found;
    }

    /** Both read the same ids as the same text. */
    void sameVocabulary(String field, Found one, Found policy) {
        if (!one.facts().vocabulary().equals(policy.facts().vocabulary())) {
            problems.add(
                    field,
                    "\"" + one.name() + "\" has another vocabulary than the policy \"" + policy.name()
                            + "\": token ids would mean other text; take a model with the same tokenizer.json");
        }
    }

    void output(String field, String name) {
        try {
            ModelVersion.requireName(name);
        } catch (IllegalArgumentException e) {
            problems.add(field, String.valueOf(e.getMessage()));
        }
    }
}
