package dev.plumbline.trainer.learn;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.trainer.answers.Evaluation;
import dev.plumbline.trainer.answers.EvaluationTable;
import dev.plumbline.trainer.answers.TrajectoryCollector;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Versions of a run's weights that answer held-out prompts and are judged, one at each evaluation; the best of them is what
 * the run results in. A step has one candidate however often it is learnt, so that its score belongs to those very weights;
 * whatever was asked and not judged when the process died is asked again.
 */
public final class Candidates implements AutoCloseable {
    /** Name of the mean reward of a candidate's answers. */
    private static final String SCORE = "eval/score";

    /** How long a look at the log may take when there is nothing else to do. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private final Workshop workshop;
    private final ActiveRun run;
    private final StoredModel base;
    private final String name;
    private final Evaluation evaluation;
    private final TrajectoryCollector answers;
    private long asked = -1;

    private Candidates(Workshop workshop, ActiveRun run, StoredModel base, String name, Evaluation evaluation) {
        this.workshop = workshop;
        this.run = run;
        this.base = base;
        this.name = name;
        this.evaluation = evaluation;
        this.answers = new TrajectoryCollector(
                workshop.house().topics(),
                run.id(),
                TrajectoryCollector.end(workshop.house().topics()),
                evaluation::stepOf,
                -1);
    }

    /**
     * Tells the other services how the answers are to be judged.
     *
     * @param base what the model was before the run's first step
     * @param contract whose policy is the candidates' name
     */
    public static Candidates begin(
            Workshop workshop, ActiveRun run, StoredModel base, RunContract contract, Evaluation evaluation) {
        if (workshop.house().view().run(run.id()).isEmpty()) {
            workshop.house().publish(contract);
        }
        return new Candidates(workshop, run, base, contract.getPolicy(), evaluation);
    }

    /**
     * A piece of the evaluation after a step; it is finished when its answers and their figures are on record.
     *
     * @param weights writes the files of the model as it is after the step
     */
    Progress evaluate(long step, Consumer<Staging> weights) {
        if (asked != step) {
            ModelOrigin origin = new ModelOrigin(base.version().toString(), run.id(), step);
            StoredModel candidate = workshop.publisher().publish(workshop.house(), name, origin, weights);
            retain(step);
            evaluation.ask(
                    workshop.house().prompts(),
                    workshop.house().topics().prompts(),
                    step,
                    candidate.version().toString());
            asked = step;
            return new Progress.Worked();
        }
        List<String> ids = evaluation.ids(step);
        int missing = answers.evaluationMissing(ids);
        if (missing > 0) {
            return answers.poll(LOOK) > 0
                    ? new Progress.Worked()
                    : new Progress.Waits(evaluation.waiting(step, missing));
        }
        List<Trajectory> judged = answers.evaluation(ids);
        run.sampled(step, EvaluationTable.of(step, judged));
        run.measured(step, Evaluation.figures(SCORE, false, judged));
        answers.finishEvaluation(step);
        return new Progress.Finished();
    }

    /** Publishes the files of the best candidate as the run's result, and notes which that is. */
    StoredModel publishBest(String output) {
        NavigableMap<Long, ModelVersion> candidates = published();
        OptionalLong best = run.best(candidates.keySet());
        long step = best.orElseGet(candidates::lastKey);
        ModelVersion candidate = Optional.ofNullable(candidates.get(step))
                .orElseThrow(() -> new IllegalStateException("no candidate of " + run.id() + " is published"));
        ModelOrigin origin = new ModelOrigin(candidate.toString(), run.id(), step);
        StoredModel result =
                workshop.publisher().publish(workshop.house(), output, origin, staging -> staging.linkFrom(candidate));
        String reason = best.isPresent()
                ? ", the best by " + run.bestBy()
                : ", the last, since no evaluation has what course.best_by names";
        run.note(result.version() + " has the weights of step " + step + " (" + candidate + ")" + reason);
        return result;
    }

    /** Deletes the candidates before the newest that nothing needs any more: not the best, not the pinned. */
    private void retain(long newest) {
        NavigableMap<Long, ModelVersion> candidates = published();
        OptionalLong best = run.best(candidates.keySet());
        Set<String> pinned = workshop.pinned().get();
        List<ModelVersion> superseded = candidates.entrySet().stream()
                .filter(candidate -> candidate.getKey() < newest
                        && !best.equals(OptionalLong.of(candidate.getKey()))
                        && !pinned.contains(candidate.getValue().toString()))
                .map(Map.Entry::getValue)
                .toList();
        workshop.publisher().delete(workshop.house(), superseded);
    }

    /** The run's candidates that there are, by step. */
    private NavigableMap<Long, ModelVersion> published() {
        NavigableMap<Long, ModelVersion> published = new TreeMap<>();
        for (ModelPublished model : workshop.house().view().models()) {
            if (model.getRunId().equals(run.id()) && model.getName().equals(name)) {
                published.put(model.getStep(), new ModelVersion(model.getName(), model.getVersion()));
            }
        }
        return published;
    }

    @Override
    public void close() {
        answers.close();
    }
}
