package dev.plumbline.trainer.ranking;

import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.Learning;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.trainer.data.DataShelf;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.DemonstrationEncoding;
import dev.plumbline.trainer.data.DemonstrationFormat;
import dev.plumbline.trainer.data.RankedSequences;
import dev.plumbline.trainer.learn.DatasetStage;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Result;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.model.ModelFacts;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.SpecConversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts a reward-model run together. */
public final class RewardModelRun {
    private RewardModelRun() {}

    /** Begins the run, or takes it up from its last checkpoint. */
    public static Stage start(Workshop workshop, ActiveRun run) {
        RewardModelSpec spec = run.spec().getRewardModel();
        long seed = run.spec().getSeed();
        StoredModel base = workshop.publisher()
                .startingPoint(
                        workshop.house(),
                        workshop.models().find(spec.getModel()),
                        run.original().id(),
                        seed);
        DataShelf shelf = workshop.shelf(run);
        RankingData data = RankingData.load(shelf, spec.getData(), base.directory(), seed);
        Dataset<RankedSequences> lists = data.lists();
        List<String> notes = new ArrayList<>(lists.notes());
        List<TokenSequence> demonstrations = demonstrations(shelf, spec, lists, base.directory(), seed, notes);
        ExampleOrder order = spec.hasSteps()
                ? ExampleOrder.ofSteps(spec.getSteps(), lists.train().size(), spec.getBatchSize(), seed)
                : ExampleOrder.ofEpochs(spec.getEpochs(), lists.train().size(), spec.getBatchSize(), seed);
        run.prepared(order.steps(), notes);
        TrainableModel model = model(workshop, run, base);
        RankingLearner learner = new RankingLearner(
                model,
                OptimizerPlan.of(spec.getOptimizer(), order.steps()),
                spec.getCourse().getMicroBatchTokens(),
                data,
                demonstrations);
        return DatasetStage.of(
                workshop, run, Result.ofLastStep(base, spec.getOutput()), model, order, learner, spec.getCourse());
    }

    private static TrainableModel model(Workshop workshop, ActiveRun run, StoredModel base) {
        RewardModelSpec spec = run.spec().getRewardModel();
        long seed = run.spec().getSeed();
        Optional<Path> checkpoint = spec.hasLora() ? Optional.empty() : DatasetStage.checkpointedWeights(run);
        Path origin = checkpoint.orElse(base.directory());
        Start start = ModelFacts.read(origin).scores() ? new Start.AsStored() : new Start.RewardHead(seed);
        Learning learning = new Learning(
                SpecConversion.learned(spec.hasLora(), spec.getLora(), seed),
                SpecConversion.gradients(spec.getCourse()));
        return TrainableModel.load(origin, start, learning, workshop.compute());
    }

    /** What is to score 0 on average; empty if the scores are not centred. */
    private static List<TokenSequence> demonstrations(
            DataShelf shelf,
            RewardModelSpec spec,
            Dataset<RankedSequences> data,
            Path directory,
            long seed,
            List<String> notes) {
        if (!spec.getCenterScores()) {
            return List.of();
        }
        if (!spec.hasDemonstrations()) {
            return data.train().stream().flatMap(list -> list.best().stream()).toList();
        }
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            Dataset<TokenSequence> demonstrations = shelf.dataset(
                    "demonstrations",
                    SpecConversion.data(spec.getDemonstrations()),
                    new DemonstrationFormat(),
                    new DemonstrationEncoding(new TextEncoder(tokenizer)),
                    seed);
            notes.addAll(demonstrations.notes());
            return demonstrations.train();
        }
    }
}
