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
import dev.plumbline.trainer.data.DataShelf;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.DemonstrationEncoding;
import dev.plumbline.trainer.data.DemonstrationFormat;
import dev.plumbline.trainer.data.TextEncoding;
import dev.plumbline.trainer.data.TextFormat;
import dev.plumbline.trainer.learn.DatasetStage;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.TextMix;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.SpecConversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts a fine-tuning run together. */
public final class SftRun {
    private SftRun() {}

    /** Begins the run, or takes it up from its last checkpoint. */
    public static Stage start(Workshop workshop, ActiveRun run) {
        SftSpec spec = run.spec().getSft();
        long seed = run.spec().getSeed();
        StoredModel base = workshop.publisher()
                .startingPoint(
                        workshop.house(),
                        workshop.models().find(spec.getModel()),
                        run.original().id(),
                        seed);
        Texts texts = read(workshop.shelf(run), spec, base.directory(), seed);
        Dataset<TokenSequence> data = texts.data();
        ExampleOrder order = spec.hasSteps()
                ? ExampleOrder.ofSteps(spec.getSteps(), data.train().size(), spec.getBatchSize(), seed)
                : ExampleOrder.ofEpochs(spec.getEpochs(), data.train().size(), spec.getBatchSize(), seed);
        run.prepared(order.steps(), texts.notes());
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
                spec.getBatchSize(),
                data,
                texts.mix());
        return DatasetStage.of(workshop, run, base, spec.getOutput(), model, order, learner, spec.getCourse());
    }

    /** What the run learns from, and what became of the lines. */
    private record Texts(Dataset<TokenSequence> data, Optional<TextMix> mix, List<String> notes) {}

    private static Texts read(DataShelf shelf, SftSpec spec, Path directory, long seed) {
        DataSettings settings = SpecConversion.data(spec.getData());
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            TextEncoding plain = new TextEncoding(encoder);
            Dataset<TokenSequence> data = spec.getObjective() == SftObjective.SFT_OBJECTIVE_TEXT
                    ? shelf.dataset("data", settings, new TextFormat(), plain, seed)
                    : shelf.dataset(
                            "data", settings, new DemonstrationFormat(), new DemonstrationEncoding(encoder), seed);
            if (!spec.hasPretraining()) {
                return new Texts(data, Optional.empty(), data.notes());
            }
            Dataset<TokenSequence> texts = shelf.dataset(
                    "pretraining", SpecConversion.data(spec.getPretraining()), new TextFormat(), plain, seed);
            List<String> notes = new ArrayList<>(data.notes());
            texts.notes().forEach(note -> notes.add("pretraining: " + note));
            return new Texts(
                    data, Optional.of(TextMix.ofShare(texts.train(), spec.getPretrainingShare(), seed)), notes);
        }
    }
}
