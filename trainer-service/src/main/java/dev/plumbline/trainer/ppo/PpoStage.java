package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.MissingPrompts;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Waiting;
import dev.plumbline.trainer.answers.Evaluation;
import dev.plumbline.trainer.answers.EvaluationTable;
import dev.plumbline.trainer.answers.TrajectoryReading;
import dev.plumbline.trainer.learn.Cadence;
import dev.plumbline.trainer.learn.Guard;
import dev.plumbline.trainer.learn.Stopwatch;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Progress;
import dev.plumbline.trainer.run.RunFailure;
import dev.plumbline.trainer.run.Stage;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A PPO run: admits prompts to steps, collects what comes of them, learns a step when it is complete and publishes the
 * policy. Kafka is looked at between the pieces of work.
 */
final class PpoStage implements Stage {
    /** How long a look at the log may take when there is nothing else to do. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private final Workshop workshop;
    private final ActiveRun run;
    private final PpoSpec spec;
    private final PpoSettings settings;
    private final StepLearner learner;
    private final PpoLogs logs;
    private final StepAdmissions admissions;
    private final PolicyVersions versions;
    private final Evaluation evaluation;
    private final TrajectoryReading reading;
    private final Cadence cadence;
    private final Guard guard;
    private PpoState state;
    private long asked = -1;
    private long saved;
    /** Seconds that the checkpoint took which no step has told of yet. */
    private double saving;

    private long retained = -1;
    private Stopwatch stopwatch;
    private @Nullable OpenLearning learning;

    /** A step that is being learnt: all of its batch, and what of it is learnt from. */
    private record OpenLearning(
            StepBatch batch, StepBatch learnt, StepLearner.Lesson work, double waited, Stopwatch since) {}

    /** @param state as the last checkpoint has it */
    PpoStage(
            Workshop workshop,
            ActiveRun run,
            PpoSettings settings,
            StepLearner learner,
            PpoLogs logs,
            StepAdmissions admissions,
            PolicyVersions versions,
            Evaluation evaluation,
            PpoState state) {
        this.workshop = workshop;
        this.run = run;
        this.spec = run.spec().getPpo();
        this.settings = settings;
        this.learner = learner;
        this.logs = logs;
        this.admissions = admissions;
        this.versions = versions;
        this.evaluation = evaluation;
        this.reading = new TrajectoryReading(spec.getSamplesPerPrompt(), true, versions::stepOf);
        this.cadence = new Cadence(spec.getCourse(), workshop.nanoTime());
        this.state = state;
        this.saved = state.step();
        this.stopwatch = Stopwatch.start(workshop.nanoTime());
        run.rewind(state.step(), state.metricsSequence());
        this.guard = Guard.of(run);
    }

    @Override
    public Progress advance() {
        if (guard.breach().isPresent()) {
            throw halt(guard.breach().get());
        }
        if (learning != null) {
            learn(learning);
            return new Progress.Worked();
        }
        boolean moved = logs.poll(Duration.ZERO) > 0;
        moved |= admissions.advance(state.step());
        moved |= evaluate();
        moved |= tidy();
        if (moved) {
            return new Progress.Worked();
        }
        if (state.step() == spec.getSteps()) {
            return evaluationDone() ? finished() : lookOrWait();
        }
        long next = state.step() + 1;
        if (!isComplete(next)) {
            return lookOrWait();
        }
        StepBatch batch = StepBatch.of(next, logs.trajectories().trajectories(next), reading);
        int wanted = settings.sampling().wanted(batch);
        if (wanted > 0) {
            admissions.extend(next, wanted);
        } else {
            begin(batch);
        }
        return new Progress.Worked();
    }

    /** Whether everything is there that the next step is learnt from. */
    private boolean isComplete(long next) {
        return evaluationDone()
                && admissions.complete(next)
                && logs.trajectories().missing(next).isEmpty();
    }

    private Progress finished() {
        ModelOrigin origin = new ModelOrigin(versions.ofStep(state.step()), run.id(), state.step());
        learner.results()
                .forEach((name, content) -> run.published(workshop.publisher()
                        .publish(workshop.house(), name, origin, content)
                        .version()
                        .toString()));
        return new Progress.Finished();
    }

    private void begin(StepBatch batch) {
        double waited = stopwatch.seconds();
        cadence.waited(waited);
        Stopwatch since = Stopwatch.start(workshop.nanoTime());
        batch.requireShare(spec.getMinGroupShare());
        StepBatch learnt = settings.sampling().learnt(batch);
        try {
            learning = new OpenLearning(batch, learnt, learner.begin(learnt, state), waited, since);
        } catch (RunFailure e) {
            guard.failed(batch.step(), String.valueOf(e.getMessage()));
        }
    }

    private void learn(OpenLearning open) {
        try {
            if (open.work().advance()) {
                return;
            }
        } catch (RunFailure | ArithmeticException e) {
            guard.failed(open.batch().step(), String.valueOf(e.getMessage()));
            return;
        }
        long done = open.batch().step();
        double learnt = open.since().seconds();
        Map<String, Double> figures = new LinkedHashMap<>(open.work().figures());
        figures.putAll(open.batch().figures(spec.getMaxStaleness()));
        figures.putAll(settings.sampling().figures(open.batch()));
        guard.watch(done, figures);
        if (guard.breach().isPresent()) {
            run.measured(done, figures);
            return;
        }
        versions.publish(done, learner::writePolicy);
        figures.put("trajectories/repeated", (double) logs.trajectories().repeated());
        figures.put("time/wait", open.waited());
        figures.put("time/learn", learnt);
        figures.put("time/publish", open.since().seconds() - learnt);
        if (saving > 0) {
            figures.put("time/checkpoint", saving);
            saving = 0;
        }
        double step = open.waited() + open.since().seconds();
        figures.put("time/step", step);
        figures.put("tokens_per_second/learn", open.learnt().tokens() * settings.innerEpochs() / learnt);
        figures.put("tokens_per_second/step", open.learnt().tokens() / step);
        run.measured(done, figures);
        open.batch().note().ifPresent(run::note);
        run.stepDone(done);
        logs.trajectories().finish(done);
        admissions.finish(done);
        state = state.after(open.learnt(), open.work(), settings.klControl());
        learning = null;
        stopwatch = Stopwatch.start(workshop.nanoTime());
    }

    /** Ends the run before the step that broke a rule is published; what people find is then what was well. */
    private RunFailure halt(Guard.Breach breach) {
        return new RunFailure(breach.reason()
                + (guard.rollsBack()
                        ? "; " + versions.rollBack(Math.max(0, breach.goodStep())) + " is the newest version"
                        : ""));
    }

    /** Asks for the evaluation that is due, or measures it when all answers are there. */
    private boolean evaluate() {
        if (evaluationDone()) {
            return false;
        }
        long step = state.step();
        List<String> ids = evaluation.ids(step);
        if (asked != step) {
            // A step that is learnt again was evaluated by the version published then: its answers are in the log.
            if (versions.publishedUpTo() <= step) {
                evaluation.ask(
                        workshop.house().prompts(), workshop.house().topics().prompts(), step, versions.ofStep(step));
            }
            asked = step;
            return true;
        }
        if (logs.trajectories().evaluationMissing(ids) > 0) {
            return false;
        }
        List<Trajectory> answers = logs.trajectories().evaluation(ids);
        run.sampled(step, EvaluationTable.of(step, answers));
        run.measured(step, Evaluation.figures("eval/reward", true, answers));
        logs.trajectories().finishEvaluation(step);
        state = state.evaluatedAfter(step);
        return true;
    }

    private boolean evaluationDone() {
        return evaluation.isEmpty()
                || state.evaluated() >= state.step()
                || !cadence.evaluates(state.step(), spec.getSteps());
    }

    /** Writes a checkpoint if one is due, and removes versions that nothing needs any more. */
    private boolean tidy() {
        long step = state.step();
        if (saved != step && (cadence.checkpoints(step, spec.getSteps()) || run.isBest(step))) {
            if (checkpointCanWait(step)) {
                return false;
            }
            save();
            return true;
        }
        if (retained != step) {
            versions.retain(
                    step, run.checkpoints().oldestRecent(), workshop.pinned().get());
            retained = step;
            return true;
        }
        return false;
    }

    /** For as long as the policy may be taking up the version of the step, but not once the next step could begin. */
    private boolean checkpointCanWait(long step) {
        return step < spec.getSteps() && !isComplete(step + 1) && cadence.policyMayBeLoading(stopwatch.seconds());
    }

    private void save() {
        Stopwatch watch = Stopwatch.start(workshop.nanoTime());
        PpoState now = state.at(
                run.metricsSequence(),
                versions.lineage(),
                logs.trajectories().resumeOffsets(),
                admissions.nextOfFeed());
        run.checkpoints().write(now.step(), directory -> {
            learner.write(directory);
            now.write(directory);
        });
        saved = now.step();
        saving = watch.seconds();
        cadence.checkpointWritten();
    }

    private Progress lookOrWait() {
        return logs.poll(LOOK) > 0 ? new Progress.Worked() : new Progress.Waits(waiting());
    }

    private Waiting waiting() {
        if (!evaluationDone()) {
            int missing = logs.trajectories().evaluationMissing(evaluation.ids(state.step()));
            return evaluation.waiting(state.step(), missing);
        }
        long next = state.step() + 1;
        if (!admissions.complete(next)) {
            return Waiting.newBuilder()
                    .setReason("step " + next + " waits for " + admissions.wants(next))
                    .build();
        }
        SortedMap<Integer, Integer> missing = logs.trajectories().missing(next);
        Waiting.Builder waiting = Waiting.newBuilder()
                .setReason("step " + next + " waits for "
                        + missing.values().stream().mapToInt(Integer::intValue).sum() + " of "
                        + logs.trajectories().members(next) + " trajectories");
        missing.forEach((partition, count) -> waiting.addMissing(
                MissingPrompts.newBuilder().setPartition(partition).setCount(count)));
        return waiting.build();
    }

    @Override
    public void close() {
        learner.close();
        logs.close();
    }
}
