package dev.plumbline.trainer.spec;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.Lora;
import dev.plumbline.lm.architecture.Parameters;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.decoder.PrecisionTiming;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Dtype;
import dev.plumbline.trainer.model.ModelCatalog;
import dev.plumbline.trainer.model.ModelFacts;
import dev.plumbline.trainer.model.ModelSource;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** Models a spec names that are not there or do not fit their part. */
final class ModelCheck {
    private final ModelCatalog models;
    private final ComputeSettings compute;
    private final Problems problems;

    ModelCheck(ModelCatalog models, ComputeSettings compute, Problems problems) {
        this.models = models;
        this.compute = compute;
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

    /**
     * The model knows the tokens that end an answer, and its context leaves room for a prompt beside it: for how many tokens
     * of one, less than 1 if that is a problem.
     */
    int promptTokens(String at, Stopping stopping, Found model) {
        int vocabulary = model.facts().config().vocabularySize();
        for (int id : stopping.getStopTokenIdsList()) {
            problems.require(
                    id >= 0 && id < vocabulary, at + ".stop_token_ids", "must be in [0, " + vocabulary + ")", id);
        }
        if (stopping.getMaxTokens() < 1) {
            return 0; // reported already
        }
        int context = model.facts().context();
        problems.require(
                stopping.getMaxTokens() < context,
                at + ".max_tokens",
                "must leave room for a prompt in the context of " + context + " tokens",
                stopping.getMaxTokens());
        return context - stopping.getMaxTokens();
    }

    /** The model has maps of these names. */
    void targets(String field, Found model, List<String> targets) {
        try {
            Parameters.adapted(new DecoderLayout(model.facts().config()), new Lora(1, 1, targets));
        } catch (IllegalArgumentException e) {
            problems.add(field, String.valueOf(e.getMessage()));
        }
    }

    /** The course with what is to be measured measured, once for the whole run, so that it goes on as it began. */
    Course measured(Course course, Found model) {
        if (course.getDtype() != Dtype.DTYPE_AUTO) {
            return course;
        }
        boolean bfloat16 = PrecisionTiming.bfloat16Wins(model.facts().config(), compute);
        return course.toBuilder()
                .setDtype(bfloat16 ? Dtype.DTYPE_BFLOAT16 : Dtype.DTYPE_FLOAT32)
                .build();
    }

    void output(String field, String name) {
        try {
            ModelVersion.requireName(name);
        } catch (IllegalArgumentException e) {
            problems.add(field, String.valueOf(e.getMessage()));
        }
    }
}
