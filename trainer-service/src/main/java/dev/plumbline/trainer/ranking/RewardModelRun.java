package dev.plumbline.trainer.ranking;

import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.trainer.data.DataShelf;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.RankedSequences;
import dev.plumbline.trainer.data.RankingEncoding;
import dev.plumbline.trainer.data.RankingFormat;
import dev.plumbline.trainer.learn.DatasetStage;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.model.ModelFacts;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.SpecConversion;
import java.nio.file.Path;
import java.util.Optional;

/** Puts a reward-model run together. */
public final class RewardModelRun {
    private RewardModelRun() {}

    /** Begins the run, or takes it up from its last checkpoint. */
    public static Stage start(Workshop workshop, ActiveRun run) {
        RewardModelSpec spec = run.spec().getRewardModel();
        long seed = run.spec().getSeed();
        StoredModel base = workshop.publisher()
                .startingPoint(workshop.house(), workshop.models().find(spec.getModel()), run.id(), seed);
        Dataset<RankedSequences> data =
                load(new DataShelf(workshop.sources(), run.data()), spec, base.directory(), seed);
        ExampleOrder order = spec.hasSteps()
                ? ExampleOrder.ofSteps(spec.getSteps(), data.train().size(), spec.getBatchSize(), seed)
                : ExampleOrder.ofEpochs(spec.getEpochs(), data.train().size(), spec.getBatchSize(), seed);
        run.prepared(order.steps(), data.notes());
        TrainableModel model = model(workshop, run, base);
        RankingLearner learner = new RankingLearner(
                model,
                OptimizerPlan.of(spec.getOptimizer(), order.steps()),
                spec.getCourse().getMicroBatchTokens(),
                data);
        return new DatasetStage(workshop, run, base, spec.getOutput(), model, order, learner, spec.getCourse());
    }

    private static TrainableModel model(Workshop workshop, ActiveRun run, StoredModel base) {
        Optional<Path> checkpoint = DatasetStage.checkpointedWeights(run);
        if (checkpoint.isPresent()) {
            return TrainableModel.load(checkpoint.get(), workshop.compute());
        }
        boolean hasHead = ModelFacts.read(base.directory()).scores();
        return hasHead
                ? TrainableModel.load(base.directory(), workshop.compute())
                : TrainableModel.load(
                        base.directory(), new Start.RewardHead(run.spec().getSeed()), workshop.compute());
    }

    private static Dataset<RankedSequences> load(DataShelf shelf, RewardModelSpec spec, Path directory, long seed) {
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            return shelf.dataset(
                    "data",
                    SpecConversion.data(spec.getData()),
                    new RankingFormat(),
                    new RankingEncoding(new TextEncoder(tokenizer)),
                    seed);
        }
    }
}
