package dev.plumbline.trainer.learn;

import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.model.WeightsDigest;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Progress;
import dev.plumbline.trainer.run.RunFailure;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.run.VersionsJournal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A run over a dataset: learns step by step, evaluates and writes checkpoints between, publishes what came of it. Where it
 * stands is a step and the model; the order of the examples follows from the seed.
 */
public final class DatasetStage implements Stage {
    private static final String MODEL = "model";

    private final Workshop workshop;
    private final ActiveRun run;
    private final Result result;
    private final TrainableModel model;
    private final ExampleOrder order;
    private final DatasetLearner learner;
    private final Cadence cadence;
    private final Guard guard;
    private long step;
    /** Figures of the last step that are not in the run's metrics yet. */
    private Map<String, Double> learnt = Map.of();

    /** The last step after which the held-out examples were measured. */
    private long measured = -1;

    private long evaluated = -1;
    private long saved;
    private boolean concluded;
    /** Seconds that the checkpoint took which no step has told of yet. */
    private double saving;

    private DatasetStage(
            Workshop workshop,
            ActiveRun run,
            Result result,
            TrainableModel model,
            ExampleOrder order,
            DatasetLearner learner,
            Course course,
            Optional<Path> checkpoint) {
        this.workshop = workshop;
        this.run = run;
        this.result = result;
        this.model = model;
        this.order = order;
        this.learner = learner;
        this.cadence = new Cadence(course, workshop.nanoTime());
        checkpoint.ifPresentOrElse(this::resume, this::begin);
        this.guard = Guard.of(run);
    }

    /**
     * A run that begins, or is taken up from its last checkpoint, or learns another one's steps again.
     *
     * @param model as {@link #checkpointedWeights} or else the base have it
     */
    public static Stage of(
            Workshop workshop,
            ActiveRun run,
            Result result,
            TrainableModel model,
            ExampleOrder order,
            DatasetLearner learner,
            Course course) {
        Optional<Path> checkpoint = checkpoint(run);
        if (run.replay().isEmpty()) {
            return new DatasetStage(workshop, run, result, model, order, learner, course, checkpoint);
        }
        checkpoint.ifPresent(directory -> new LearnerCheckpoint(directory, MODEL).restore(model));
        long step = checkpoint
                .map(directory -> CheckpointState.read(directory).step())
                .orElse(0L);
        return new DatasetReplay(workshop, run, result.output(), model, order, learner, step);
    }

    /** Where the weights of a model that learns as a whole are: in the checkpoint to begin at, if there is one. */
    public static Optional<Path> checkpointedWeights(ActiveRun run) {
        return checkpoint(run).map(directory -> new LearnerCheckpoint(directory, MODEL).weights());
    }

    private static Optional<Path> checkpoint(ActiveRun run) {
        long last = run.replay().map(Replay::getCheckpointStep).orElse(Long.MAX_VALUE);
        return run.original().checkpoints().newestUpTo(last);
    }

    private void begin() {
        // What was made by others needs no checkpoint, but what was asked of it is not asked twice.
        saved = result.candidates().isPresent() ? -1 : 0;
        run.rewind(0, 0);
    }

    private void resume(Path checkpoint) {
        new LearnerCheckpoint(checkpoint, MODEL).restore(model);
        CheckpointState state = CheckpointState.read(checkpoint);
        step = state.step();
        evaluated = step;
        saved = step;
        // Nothing is saved between the last step and the conclusion.
        concluded = step == order.steps();
        run.rewind(step, state.metricsSequence());
    }

    @Override
    public Progress advance() {
        if (!learnt.isEmpty()) {
            tell();
        } else if (guard.breach().isPresent()) {
            throw halt(guard.breach().get());
        } else if (step == order.steps() && !concluded) {
            Stopwatch watch = Stopwatch.start(workshop.nanoTime());
            measured(learner.conclude(), watch);
            concluded = true;
        } else if (evaluated != step && cadence.evaluates(step, order.steps())) {
            return evaluate();
        } else if (saved != step && (cadence.checkpoints(step, order.steps()) || run.isBest(step) || judged())) {
            save();
        } else if (step < order.steps()) {
            learn();
        } else {
            publish();
            return new Progress.Finished();
        }
        return new Progress.Worked();
    }

    @Override
    public void close() {
        learner.close();
        model.close();
        result.candidates().ifPresent(Candidates::close);
    }

    private void learn() {
        Stopwatch watch = Stopwatch.start(workshop.nanoTime());
        Map<String, Double> figures;
        try {
            figures = new LinkedHashMap<>(learner.learn(order.batch(step), step));
        } catch (RunFailure | ArithmeticException e) {
            guard.failed(step + 1, String.valueOf(e.getMessage()));
            return;
        }
        step++;
        double seconds = watch.seconds();
        figures.put("epoch", order.epochsAfter(step));
        figures.put("time/step", seconds);
        if (saving > 0) {
            figures.put("time/checkpoint", saving);
            saving = 0;
        }
        figures.put("tokens_per_second/learn", figures.getOrDefault(DatasetLearner.TOKENS, 0.0) / seconds);
        learnt = figures;
        guard.watch(step, figures);
        tell();
    }

    /** Apart from learning, since it is tried again when the disk is full. */
    private void tell() {
        run.measured(step, learnt);
        run.stepDone(step);
        learnt = Map.of();
    }

    private Progress evaluate() {
        if (measured != step) {
            Stopwatch watch = Stopwatch.start(workshop.nanoTime());
            Measurement measurement = learner.evaluate();
            if (!measurement.samples().isEmpty()) {
                run.sampled(step, measurement.samplesAfter(step));
            }
            measured(measurement.figures(), watch);
            measured = step;
        }
        Progress progress = result.candidates()
                .map(candidates -> candidates.evaluate(step, staging -> Publisher.save(model, staging)))
                .orElseGet(Progress.Finished::new);
        if (progress instanceof Progress.Finished) {
            evaluated = step;
            return new Progress.Worked();
        }
        return progress;
    }

    /** Whether the weights have just been judged by their answers, which take longer than a checkpoint. */
    private boolean judged() {
        return result.candidates().isPresent() && evaluated == step;
    }

    private void measured(Map<String, Double> measurement, Stopwatch watch) {
        Map<String, Double> figures = new LinkedHashMap<>(measurement);
        if (!figures.isEmpty()) {
            figures.put("time/evaluate", watch.seconds());
            run.measured(step, figures);
        }
    }

    private void save() {
        Stopwatch watch = Stopwatch.start(workshop.nanoTime());
        run.checkpoints().write(step, directory -> {
            new LearnerCheckpoint(directory, MODEL).write(model);
            new CheckpointState(step, run.metricsSequence()).write(directory);
        });
        saved = step;
        saving = watch.seconds();
        cadence.checkpointWritten();
    }

    /** Ends the run; with its last good checkpoint as its result, if that is wanted. */
    private RunFailure halt(Guard.Breach breach) {
        if (!guard.rollsBack()) {
            return new RunFailure(breach.reason());
        }
        Optional<Path> good = run.checkpoints().newestUpTo(breach.goodStep());
        if (good.isEmpty()) {
            return new RunFailure(breach.reason() + "; there is no checkpoint from before to go back to");
        }
        long goodStep = CheckpointState.read(good.get()).step();
        ModelOrigin origin = new ModelOrigin(result.base().version().toString(), run.id(), goodStep);
        LearnerCheckpoint sound = new LearnerCheckpoint(good.get(), MODEL);
        StoredModel last = workshop.publisher()
                .publish(workshop.house(), result.output(), origin, staging -> write(sound, staging));
        run.published(last.version().toString());
        return new RunFailure(breach.reason() + "; " + last.version() + " has the weights of step " + goodStep);
    }

    /** As a version, the model that a checkpoint has; one of adapters is made whole by the model they belong to. */
    private void write(LearnerCheckpoint sound, Staging staging) {
        if (model.hasAdapters()) {
            sound.restore(model);
            Publisher.save(model, staging);
        } else {
            staging.copyFrom(sound.weights());
        }
    }

    private void publish() {
        StoredModel published = result.candidates()
                .map(candidates -> candidates.publishBest(result.output()))
                .orElseGet(this::publishLast);
        run.published(new VersionsJournal.Entry(
                published.manifest().origin().step(),
                published.version().toString(),
                WeightsDigest.of(published.manifest())));
    }

    private StoredModel publishLast() {
        ModelOrigin origin = new ModelOrigin(result.base().version().toString(), run.id(), step);
        return workshop.publisher()
                .publish(workshop.house(), result.output(), origin, staging -> Publisher.save(model, staging));
    }
}
