package dev.plumbline.trainer.learn;

import dev.plumbline.lm.TrainableModel;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Progress;
import dev.plumbline.trainer.run.Stage;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Learns the last steps of a run over a dataset again, which has ended, and compares the weights with what was published.
 * The house does not notice: nothing is published, and what only measures is left out.
 */
final class DatasetReplay implements Stage {
    private final ActiveRun run;
    private final TrainableModel model;
    private final ExampleOrder order;
    private final DatasetLearner learner;
    private final ReplayComparison comparison;
    private long step;

    /**
     * @param model as it was after {@code step} steps
     * @param output name of what was published
     */
    DatasetReplay(
            Workshop workshop,
            ActiveRun run,
            String output,
            TrainableModel model,
            ExampleOrder order,
            DatasetLearner learner,
            long step) {
        this.run = run;
        this.model = model;
        this.order = order;
        this.learner = learner;
        this.comparison = new ReplayComparison(run, workshop.publisher(), output);
        this.step = step;
        run.beginReplay(step);
    }

    @Override
    public Progress advance() {
        if (step == order.steps()) {
            comparison.requireEqual();
            return new Progress.Finished();
        }
        Map<String, Double> figures = new LinkedHashMap<>(learner.learn(order.batch(step), step));
        step++;
        if (step == order.steps()) {
            figures.putAll(learner.conclude());
        }
        // The result of a run that chose among candidates may be from any of its steps.
        figures.putAll(comparison.compare(step, staging -> Publisher.save(model, staging)));
        run.measured(step, figures);
        run.stepDone(step);
        return new Progress.Worked();
    }

    @Override
    public void close() {
        learner.close();
        model.close();
    }
}
