package dev.plumbline.trainer.sft;

import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.Learning;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.trainer.v1.RewardEvaluation;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.trainer.answers.Evaluation;
import dev.plumbline.trainer.data.AskedDemonstrationEncoding;
import dev.plumbline.trainer.data.AskedDemonstrationFormat;
import dev.plumbline.trainer.data.AskedTokens;
import dev.plumbline.trainer.data.DataSettings;
import dev.plumbline.trainer.data.DataShelf;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.DemonstrationEncoding;
import dev.plumbline.trainer.data.DemonstrationFormat;
import dev.plumbline.trainer.data.PromptTokens;
import dev.plumbline.trainer.data.TextEncoding;
import dev.plumbline.trainer.data.TextFormat;
import dev.plumbline.trainer.learn.Candidates;
import dev.plumbline.trainer.learn.DatasetStage;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Result;
import dev.plumbline.trainer.learn.ShownExamples;
import dev.plumbline.trainer.learn.TextMix;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.model.ModelFacts;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.SpecConversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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
                        SpecConversion.gradients(spec.getCourse(), spec.getDropout())),
                workshop.compute());
        SftLearner learner = new SftLearner(
                model,
                OptimizerPlan.of(spec.getOptimizer(), order.steps()),
                new MicroBatching(
                        spec.getCourse().getMicroBatchTokens(),
                        spec.getDropout() > 0 ? OptionalLong.of(seed) : OptionalLong.empty()),
                spec.getBatchSize(),
                data,
                texts.shown(),
                texts.mix());
        Optional<Candidates> candidates =
                spec.hasRewardEvaluation() && run.replay().isEmpty()
                        ? Optional.of(candidates(workshop, run, base, texts.asked()))
                        : Optional.empty();
        return DatasetStage.of(
                workshop, run, new Result(base, spec.getOutput(), candidates), model, order, learner, spec.getCourse());
    }

    private static Candidates candidates(Workshop workshop, ActiveRun run, StoredModel base, List<PromptTokens> asked) {
        SftSpec spec = run.spec().getSft();
        RewardEvaluation judged = spec.getRewardEvaluation();
        float temperature = (float) judged.getTemperature();
        long seed = run.spec().getSeed();
        RunContract contract = RunContract.newBuilder()
                .setRunId(run.id())
                .setState(RunState.RUN_STATE_RUNNING)
                .setPolicy(judged.getOutput())
                .setSampling(Sampling.newBuilder()
                        .setTemperature(temperature)
                        .setNumSamples(1)
                        .setSeed(seed))
                .setStopping(judged.getStopping())
                .setMaxPromptTokens(spec.getData().getMaxLength())
                .setReward(judged.getReward())
                .setTokenizerDigest(ModelFacts.read(base.directory()).vocabulary())
                .build();
        Evaluation evaluation = new Evaluation(run.id(), temperature, judged.getStopping(), seed, asked);
        return Candidates.begin(workshop, run, base, contract, evaluation);
    }

    /**
     * What the run learns from, and what became of the lines.
     *
     * @param asked prompts that candidates are to answer
     * @param shown held-out examples that people see, unless candidates answer them
     */
    private record Texts(
            Dataset<TokenSequence> data,
            List<PromptTokens> asked,
            ShownExamples shown,
            Optional<TextMix> mix,
            List<String> notes) {}

    /** Demonstrations or texts, and what of them is asked. */
    private record Examples(Dataset<TokenSequence> data, List<PromptTokens> asked) {}

    private static Texts read(DataShelf shelf, SftSpec spec, Path directory, long seed) {
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            Examples examples = examples(shelf, spec, encoder, seed);
            Dataset<TokenSequence> data = examples.data();
            ShownExamples shown = spec.hasRewardEvaluation()
                    ? ShownExamples.none()
                    : ShownExamples.ofDemonstrations(tokenizer, data.heldOut());
            if (!spec.hasPretraining()) {
                return new Texts(data, examples.asked(), shown, Optional.empty(), data.notes());
            }
            Dataset<TokenSequence> texts = shelf.dataset(
                    "pretraining",
                    SpecConversion.data(spec.getPretraining()),
                    new TextFormat(),
                    new TextEncoding(encoder),
                    seed);
            List<String> notes = new ArrayList<>(data.notes());
            texts.notes().forEach(note -> notes.add("pretraining: " + note));
            return new Texts(
                    data,
                    examples.asked(),
                    shown,
                    Optional.of(TextMix.ofShare(texts.train(), spec.getPretrainingShare(), seed)),
                    notes);
        }
    }

    private static Examples examples(DataShelf shelf, SftSpec spec, TextEncoder encoder, long seed) {
        DataSettings settings = SpecConversion.data(spec.getData());
        if (spec.hasRewardEvaluation()) {
            Dataset<AskedTokens> asked = shelf.dataset(
                    "data",
                    settings,
                    new AskedDemonstrationFormat(SpecConversion.needsGroundTruth(
                            spec.getRewardEvaluation().getReward())),
                    new AskedDemonstrationEncoding(encoder),
                    seed);
            return new Examples(
                    asked.each(AskedTokens::sequence),
                    asked.each(AskedTokens::prompt).heldOut());
        }
        Dataset<TokenSequence> data = spec.getObjective() == SftObjective.SFT_OBJECTIVE_TEXT
                ? shelf.dataset("data", settings, new TextFormat(), new TextEncoding(encoder), seed)
                : shelf.dataset("data", settings, new DemonstrationFormat(), new DemonstrationEncoding(encoder), seed);
        return new Examples(data, List.of());
    }
}
