package dev.plumbline.trainer.ranking;

import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.Learned;
import dev.plumbline.lm.Learning;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.rl.ranking.DpoLoss;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.RankedSequences;
import dev.plumbline.trainer.learn.DatasetStage;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Result;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.SpecConversion;
import java.nio.file.Path;

/** Puts a run of direct preference optimisation together. */
public final class DpoRun {
    private DpoRun() {}

    /** Begins the run, or takes it up from its last checkpoint. */
    public static Stage start(Workshop workshop, ActiveRun run) {
        DpoSpec spec = run.spec().getDpo();
        long seed = run.spec().getSeed();
        StoredModel base = workshop.publisher()
                .startingPoint(
                        workshop.house(),
                        workshop.models().find(spec.getModel()),
                        run.original().id(),
                        seed);
        StoredModel anchor = spec.getReference().equals(spec.getModel())
                ? base
                : workshop.publisher()
                        .startingPoint(
                                workshop.house(),
                                workshop.models().find(spec.getReference()),
                                "-reference",
                                run.original().id(),
                                seed);
        RankingData data = RankingData.load(workshop.shelf(run), spec.getData(), base.directory(), seed);
        Dataset<RankedSequences> lists = data.lists();
        ExampleOrder order = spec.hasSteps()
                ? ExampleOrder.ofSteps(spec.getSteps(), lists.train().size(), spec.getBatchSize(), seed)
                : ExampleOrder.ofEpochs(spec.getEpochs(), lists.train().size(), spec.getBatchSize(), seed);
        run.prepared(order.steps(), lists.notes());
        int microBatchTokens = spec.getCourse().getMicroBatchTokens();
        ReferenceLogProbs reference = ReferenceLogProbs.of(anchor.directory(), workshop.compute(), microBatchTokens);
        try {
            Path start = DatasetStage.checkpointedWeights(run).orElse(base.directory());
            Learning learning = new Learning(new Learned.Everything(), SpecConversion.gradients(spec.getCourse()));
            TrainableModel model = TrainableModel.load(start, new Start.AsStored(), learning, workshop.compute());
            DpoLearner learner = new DpoLearner(
                    new DpoLoss(spec.getBeta(), spec.getLabelSmoothing()),
                    model,
                    OptimizerPlan.of(spec.getOptimizer(), order.steps()),
                    microBatchTokens,
                    reference,
                    data);
            return DatasetStage.of(
                    workshop, run, Result.ofLastStep(base, spec.getOutput()), model, order, learner, spec.getCourse());
        } catch (RuntimeException e) {
            reference.close();
            throw e;
        }
    }
}
