package dev.plumbline.trainer.learn;

import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Progress;
import dev.plumbline.trainer.run.Stage;
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
    private final StoredModel base;
    private final String output;
    private final TrainableModel model;
    private final ExampleOrder order;
    private final DatasetLearner learner;
    private final Cadence cadence;
    private long step;
    private long evaluated = -1;
    private long saved;
    /** Seconds that the checkpoint took which no step has told of yet. */
    private double saving;

    /**
     * @param base what the model was before the run's first step
     * @param output name of the published result
     */
    public DatasetStage(
            Workshop workshop,
            ActiveRun run,
            StoredModel base,
            String output,
            TrainableModel model,
            ExampleOrder order,
            DatasetLearner learner,
            Course course) {
        this.workshop = workshop;
        this.run = run;
        this.base = base;
        this.output = output;
        this.model = model;
        this.order = order;
        this.learner = learner;
        this.cadence = new Cadence(course, workshop.nanoTime());
        run.checkpoints().newest().ifPresentOrElse(this::resume, () -> run.rewind(0, 0));
    }

    /** Where the model's weights are: in the last checkpoint, if there is one. */
    public static Optional<Path> checkpointedWeights(ActiveRun run) {
        return run.checkpoints().newest().map(directory -> new LearnerCheckpoint(directory, MODEL).weights());
    }

    private void resume(Path checkpoint) {
        new LearnerCheckpoint(checkpoint, MODEL).restoreMoments(model);
        CheckpointState state = CheckpointState.read(checkpoint);
        step = state.step();
        evaluated = step;
        saved = step;
        run.rewind(step, state.metricsSequence());
    }

    @Override
    public Progress advance() {
        if (evaluated != step && cadence.evaluates(step, order.steps())) {
            evaluate();
        } else if (saved != step && cadence.checkpoints(step, order.steps())) {
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
        model.close();
    }

    private void learn() {
        Stopwatch watch = Stopwatch.start(workshop.nanoTime());
        Map<String, Double> figures = new LinkedHashMap<>(learner.learn(order.batch(step), step));
        step++;
        double seconds = watch.seconds();
        figures.put("epoch", order.epochsAfter(step));
        figures.put("time/step", seconds);
        if (saving > 0) {
            figures.put("time/checkpoint", saving);
            saving = 0;
        }
        figures.put("tokens_per_second/learn", figures.getOrDefault(DatasetLearner.TOKENS, 0.0) / seconds);
        run.measured(step, figures);
        run.stepDone(step);
    }

    private void evaluate() {
        Stopwatch watch = Stopwatch.start(workshop.nanoTime());
        Map<String, Double> figures = new LinkedHashMap<>(learner.evaluate());
        if (!figures.isEmpty()) {
            figures.put("time/evaluate", watch.seconds());
            run.measured(step, figures);
        }
        evaluated = step;
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

    private void publish() {
        ModelOrigin origin = new ModelOrigin(base.version().toString(), run.id(), step);
        StoredModel result = workshop.publisher()
                .publish(workshop.house(), output, origin, staging -> Publisher.save(model, staging));
        run.published(result.version().toString());
    }
}
