package dev.plumbline.trainer.sft;

import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.Learning;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.trainer.data.DataSettings;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.DemonstrationEncoding;
import dev.plumbline.trainer.data.DemonstrationFormat;
import dev.plumbline.trainer.data.TextEncoding;
import dev.plumbline.trainer.data.TextFormat;
import dev.plumbline.trainer.learn.DatasetStage;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.SpecConversion;
import java.nio.file.Path;

/** Puts a fine-tuning run together. */
public final class SftRun {
    private SftRun() {}

    /** Begins the run, or takes it up from its last checkpoint. */
    public static Stage start(Workshop workshop, ActiveRun run) {
        SftSpec spec = run.spec().getSft();
        long seed = run.spec().getSeed();
        StoredModel base = workshop.publisher()
                .startingPoint(workshop.house(), workshop.models().find(spec.getModel()), run.id(), seed);
        Dataset<TokenSequence> data = load(spec, base.directory(), seed);
        ExampleOrder order = spec.hasSteps()
                ? ExampleOrder.ofSteps(spec.getSteps(), data.train().size(), spec.getBatchSize(), seed)
                : ExampleOrder.ofEpochs(spec.getEpochs(), data.train().size(), spec.getBatchSize(), seed);
        run.prepared(order.steps(), data.notes());
        TrainableModel model = TrainableModel.load(
                spec.hasLora()
                        ? base.directory()
                        : DatasetStage.checkpointedWeights(run).orElse(base.directory()),
                new Start.AsStored(),
                new Learning(
                        SpecConversion.learned(spec.hasLora(), spec.getLora(), seed),
                        SpecConversion.gradients(spec.getCourse())),
                workshop.compute());
        SftLearner learner = new SftLearner(
                model,
                OptimizerPlan.of(spec.getOptimizer(), order.steps()),
                spec.getCourse().getMicroBatchTokens(),
                data);
        return new DatasetStage(workshop, run, base, spec.getOutput(), model, order, learner, spec.getCourse());
    }

    private static Dataset<TokenSequence> load(SftSpec spec, Path directory, long seed) {
        DataSettings settings = SpecConversion.data(spec.getData());
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            return spec.getObjective() == SftObjective.SFT_OBJECTIVE_TEXT
                    ? Dataset.load(settings, new TextFormat(), new TextEncoding(encoder), seed)
                    : Dataset.load(settings, new DemonstrationFormat(), new DemonstrationEncoding(encoder), seed);
        }
    }
}
