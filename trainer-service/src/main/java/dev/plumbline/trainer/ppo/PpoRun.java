package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.Learning;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.answers.Evaluation;
import dev.plumbline.trainer.answers.PromptMessages;
import dev.plumbline.trainer.answers.TrajectoryCollector;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.ExampleEncoding;
import dev.plumbline.trainer.data.LineFormat;
import dev.plumbline.trainer.data.PromptTokens;
import dev.plumbline.trainer.data.QuestionEncoding;
import dev.plumbline.trainer.data.QuestionFormat;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.model.ModelFacts;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.RunFailure;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.EstimatorDefaults;
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
        Optional<StoredModel> critic = critic(base);
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
        return takeUp(
                zero.version(),
                contract,
                texts.prompts(),
                texts.evaluation(),
                checkpoint -> learner(zero, critic, texts.ptx(), checkpoint));
    }

    private StepLearner learner(
            StoredModel zero,
            Optional<StoredModel> critic,
            Optional<PretrainingFeed> pretraining,
            Optional<Path> checkpoint) {
        Learning learning = learning(run.spec());
        PpoLearners learners = checkpoint.isPresent()
                ? PpoLearners.restore(
                        checkpoint.get(), zero.directory(), critic.isPresent(), learning, workshop.compute())
                : PpoLearners.begin(zero.directory(), critic.map(StoredModel::directory), learning, workshop.compute());
        try {
            return new PolicyLearner(PpoSettings.of(spec, seed), learners, pretraining, average(learners, checkpoint));
        } catch (RuntimeException e) {
            learners.close();
            throw e;
        }
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
        requireBeginning(checkpoint);
        StepLearner learner = learners.apply(checkpoint);
        try {
            PpoState state = checkpoint.isPresent() ? PpoState.read(checkpoint.get()) : begin(learner, zero);
            requireSameTopics(workshop.house().topics(), state);
            if (workshop.house().view().run(run.id()).isEmpty()) {
                workshop.house().publish(contract);
            }
            return assemble(learner, prompts, evaluation, state);
        } catch (RuntimeException e) {
            learner.close();
            throw e;
        }
    }

    /** How the policy learns, by a complete spec. */
    static Learning learning(RunSpec spec) {
        PpoSpec ppo = spec.getPpo();
        return new Learning(
                SpecConversion.learned(ppo.hasLora(), ppo.getLora(), spec.getSeed()),
                SpecConversion.gradients(ppo.getCourse()));
    }

    private Optional<StoredModel> critic(StoredModel base) {
        if (!EstimatorDefaults.hasCritic(spec)) {
            return Optional.empty();
        }
        return Optional.of(spec.getCritic().equals(spec.getModel()) ? base : imported(spec.getCritic(), "-critic"));
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
                TrajectoryCollector.end(topics),
                0);
        run.checkpoints().write(0, directory -> {
            learner.write(directory);
            state.write(directory);
        });
        return state;
    }

    /** What belongs to admitted steps may lie before the log's end now, where a run without a checkpoint begins to read. */
    private void requireBeginning(Optional<Path> checkpoint) {
        if (checkpoint.isEmpty() && !workshop.house().view().steps(run.id()).isEmpty()) {
            throw new RunFailure("the run has no checkpoint that can be read, but steps were admitted: start a new run"
                    + " from its last version");
        }
    }

    /** Throws unless a checkpoint's offsets are of the topics that there are. */
    static void requireSameTopics(Topics topics, PpoState state) {
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
        Evaluation evaluation =
                new Evaluation(run.id(), (float) spec.getTemperature(), spec.getStopping(), seed, heldOut);
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
                    supply(prompts, starts, questions, state),
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

    private PromptSupply supply(PromptLog log, WindowStarts starts, List<PromptTokens> prompts, PpoState state) {
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
                state.step(),
                state.fed());
    }

    private Prompt prompt(long index, PromptTokens prompt) {
        return PromptMessages.of(run.id() + "/" + index, run.id(), prompt)
                .setPurpose(Purpose.PURPOSE_TRAINING)
                .setFeedIndex(index)
                .build();
    }

    private Texts read(Path directory) {
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            List<PromptTokens> prompts =
                    spec.hasPrompts() ? questions("prompts", spec.getPrompts(), encoder) : List.of();
            List<PromptTokens> evaluation =
                    spec.hasEvaluation() ? questions("evaluation", spec.getEvaluation(), encoder) : List.of();
            return new Texts(
                    prompts, evaluation, PretrainingFeed.of(run.spec(), workshop.shelf(run), encoder, notes::add));
        }
    }

    private List<PromptTokens> questions(String part, Data data, TextEncoder encoder) {
        return read(
                part,
                data,
                new QuestionFormat(SpecConversion.needsGroundTruth(spec.getReward())),
                new QuestionEncoding(encoder));
    }

    private <R, E> List<E> read(String part, Data data, LineFormat<R> format, ExampleEncoding<R, E> encoding) {
        Dataset<E> examples = workshop.shelf(run).dataset(part, SpecConversion.data(data), format, encoding, seed);
        examples.notes().forEach(note -> notes.add(part + ": " + note));
        return examples.train();
    }
}
