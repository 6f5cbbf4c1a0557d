package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.rl.loss.PretrainingLoss;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.PromptTokens;
import dev.plumbline.trainer.data.QuestionEncoding;
import dev.plumbline.trainer.data.QuestionFormat;
import dev.plumbline.trainer.data.TextEncoding;
import dev.plumbline.trainer.data.TextFormat;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.model.ModelFacts;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.RunFailure;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.SpecConversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Puts a PPO run together. */
public final class PpoRun {
    private final Workshop workshop;
    private final ActiveRun run;
    private final PpoSpec spec;
    private final long seed;
    private final List<String> notes = new ArrayList<>();

    PpoRun(Workshop workshop, ActiveRun run) {
        this.workshop = workshop;
        this.run = run;
        this.spec = run.spec().getPpo();
        this.seed = run.spec().getSeed();
    }

    /** Begins the run, or takes it up from its last checkpoint. */
    public static Stage start(Workshop workshop, ActiveRun run) {
        return new PpoRun(workshop, run).start();
    }

    /** What the run learns from beside trajectories. */
    private record Texts(List<PromptTokens> prompts, List<PromptTokens> evaluation, Optional<PretrainingFeed> ptx) {}

    private Stage start() {
        StoredModel base = imported(spec.getModel(), "");
        StoredModel reference =
                spec.getReference().equals(spec.getModel()) ? base : imported(spec.getReference(), "-reference");
        StoredModel critic = spec.getCritic().equals(spec.getModel()) ? base : imported(spec.getCritic(), "-critic");
        Texts texts = read(base.directory());
        run.prepared(spec.getSteps(), notes);
        StoredModel zero =
                workshop.publisher().publishStart(workshop.house(), spec.getOutput(), base.version(), run.id());
        run.published(zero.version().toString());

        RunContract contract = PpoContracts.running(
                run.id(),
                run.spec(),
                reference.version().toString(),
                ModelFacts.read(zero.directory()).vocabulary());
        PpoSettings settings = PpoSettings.of(spec, seed);
        return takeUp(zero.version(), contract, texts.prompts(), texts.evaluation(), checkpoint -> {
            PpoLearners learners = checkpoint.isPresent()
                    ? PpoLearners.restore(checkpoint.get(), workshop.compute())
                    : PpoLearners.begin(zero.directory(), critic.directory(), workshop.compute());
            return new ActorCritic(settings, learners, texts.ptx(), average(learners, checkpoint));
        });
    }

    private Optional<AveragedPolicy> average(PpoLearners learners, Optional<Path> checkpoint) {
        if (!spec.hasEma()) {
            return Optional.empty();
        }
        return Optional.of(
                checkpoint.isPresent()
                        ? AveragedPolicy.restore(checkpoint.get(), learners, spec.getEma())
                        : AveragedPolicy.begin(learners, spec.getEma()));
    }

    /**
     * Goes on from the newest checkpoint, or makes the first.
     *
     * @param zero the run's version 0
     * @param learners makes what learns, as a checkpoint's directory has it or as it begins
     */
    Stage takeUp(
            ModelVersion zero,
            RunContract contract,
            List<PromptTokens> prompts,
            List<PromptTokens> evaluation,
            Function<Optional<Path>, StepLearner> learners) {
        Optional<Path> checkpoint = run.checkpoints().newest();
        StepLearner learner = learners.apply(checkpoint);
        try {
            PpoState state = checkpoint.isPresent() ? PpoState.read(checkpoint.get()) : begin(learner, zero);
            requireSameTopics(state);
            if (workshop.house().view().run(run.id()).isEmpty()) {
                workshop.house().publish(contract);
            }
            return assemble(learner, prompts, evaluation, state);
        } catch (RuntimeException e) {
            learner.close();
            throw e;
        }
    }

    private StoredModel imported(String model, String part) {
        return workshop.publisher()
                .startingPoint(workshop.house(), workshop.models().find(model), part, run.id(), seed);
    }

    /** The checkpoint before the first step: from here on nothing the run causes can be missed. */
    private PpoState begin(StepLearner learner, ModelVersion zero) {
        Topics topics = workshop.house().topics();
        boolean latest = spec.getPromptsFrom() == PromptSource.PROMPT_SOURCE_PRODUCERS_LATEST;
        Map<Integer, Long> floors = latest ? PromptLog.end(topics) : Map.of();
        PpoState state = new PpoState(
                0,
                0,
                0,
                0,
                -1,
                spec.getKl().getCoefficient(),
                Map.of(zero.toString(), 0L),
                topics.topicId(topics.trainingPrompts()),
                floors,
                topics.topicId(topics.trajectories()),
                TrajectoryCollector.end(topics));
        run.checkpoints().write(0, directory -> {
            learner.write(directory);
            state.write(directory);
        });
        return state;
    }

    private void requireSameTopics(PpoState state) {
        Topics topics = workshop.house().topics();
        requireSame(topics.trainingPrompts().name(), topics.topicId(topics.trainingPrompts()), state.promptsTopic());
        requireSame(topics.trajectories().name(), topics.topicId(topics.trajectories()), state.trajectoriesTopic());
    }

    private static void requireSame(String topic, String id, String known) {
        if (!id.equals(known)) {
            throw new RunFailure("topic " + topic + " was made anew (id " + id + ", the checkpoint knows " + known
                    + "): its offsets mean other records; start a new run from the last version");
        }
    }

    private Stage assemble(
            StepLearner learner, List<PromptTokens> questions, List<PromptTokens> heldOut, PpoState state) {
        Topics topics = workshop.house().topics();
        Evaluation evaluation = new Evaluation(run.id(), spec, seed, heldOut);
        WindowStarts starts = new WindowStarts(workshop.house().view(), state.promptsTopic(), state.promptFloors());
        PromptLog prompts = new PromptLog(
                topics,
                run.id(),
                starts.ofUnfinished(run.id(), state.step(), topics.partitions(topics.trainingPrompts())));
        try {
            prompts.readToEnd();
            TrajectoryCollector trajectories = new TrajectoryCollector(
                    topics, run.id(), state.trajectoryOffsets(), evaluation::stepOf, state.evaluated());
            PolicyVersions versions = new PolicyVersions(workshop, run, state.lineage());
            StepAdmissions admissions = new StepAdmissions(
                    workshop.house(),
                    run.id(),
                    spec.getMaxStaleness(),
                    spec.getSteps(),
                    prompts,
                    supply(prompts, starts, questions, state.step()),
                    versions,
                    trajectories,
                    workshop.clock());
            admissions.adopt(state.step());
            return new PpoStage(
                    workshop,
                    run,
                    PpoSettings.of(spec, seed),
                    learner,
                    new PpoLogs(prompts, trajectories),
                    admissions,
                    versions,
                    evaluation,
                    state);
        } catch (RuntimeException e) {
            prompts.close();
            throw e;
        }
    }

    private PromptSupply supply(PromptLog log, WindowStarts starts, List<PromptTokens> prompts, long finished) {
        if (spec.getPromptsFrom() != PromptSource.PROMPT_SOURCE_DATASET) {
            return new ProducerSupply(log, starts, spec.getPromptsPerStep(), workshop.nanoTime());
        }
        ExampleOrder order = ExampleOrder.endless(prompts.size(), seed);
        return new DatasetFeed(
                log,
                starts,
                workshop.house().prompts(),
                workshop.house().topics().trainingPrompts(),
                index -> prompt(index, prompts.get(order.slice(index, 1)[0])),
                spec.getPromptsPerStep(),
                spec.getSteps(),
                finished);
    }

    private Prompt prompt(long index, PromptTokens prompt) {
        return PromptMessages.of(run.id() + "/" + index, run.id(), prompt)
                .setPurpose(Purpose.PURPOSE_TRAINING)
                .setFeedIndex(index)
                .build();
    }

    private Texts read(Path directory) {
        QuestionFormat format = new QuestionFormat(SpecConversion.needsGroundTruth(spec));
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            QuestionEncoding encoding = new QuestionEncoding(encoder);
            List<PromptTokens> prompts = spec.hasPrompts()
                    ? noted("prompts", Dataset.load(SpecConversion.data(spec.getPrompts()), format, encoding, seed))
                    : List.of();
            List<PromptTokens> evaluation = spec.hasEvaluation()
                    ? noted(
                            "evaluation",
                            Dataset.load(SpecConversion.data(spec.getEvaluation()), format, encoding, seed))
                    : List.of();
            return new Texts(prompts, evaluation, pretraining(encoder));
        }
    }

    private Optional<PretrainingFeed> pretraining(TextEncoder encoder) {
        if (!spec.hasPtx()) {
            return Optional.empty();
        }
        PretrainingMix ptx = spec.getPtx();
        List<TokenSequence> texts = noted(
                "ptx",
                Dataset.load(SpecConversion.data(ptx.getData()), new TextFormat(), new TextEncoding(encoder), seed));
        return Optional.of(new PretrainingFeed(
                texts,
                new PretrainingLoss(ptx.getCoefficient()),
                ptx.getExamplesPerEpisode(),
                spec.getCourse().getMicroBatchTokens(),
                seed));
    }

    private <E> List<E> noted(String part, Dataset<E> data) {
        data.notes().forEach(note -> notes.add(part + ": " + note));
        return data.train();
    }
}
