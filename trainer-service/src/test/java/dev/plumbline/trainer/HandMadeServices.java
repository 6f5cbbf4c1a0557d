package dev.plumbline.trainer;

import dev.plumbline.exchange.Admission;
import dev.plumbline.exchange.FeedReader;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topics;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationEngine;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.Run;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Policy- and reward-service in one, by hand: answers admitted prompts with the newest policy of their run and evaluation
 * prompts with the version they ask for; the reward is the share of answer tokens below a bound. Nothing comes of records
 * that are no prompts, as when they are refused before a step admits them. Polled by the test's own thread.
 */
final class HandMadeServices implements AutoCloseable {
    /** Tokens below this id are what the reward wants. */
    static final int WANTED_BELOW = 240;

    private static final ComputeSettings COMPUTE = ComputeSettings.cpu(1);

    private final Topics topics;
    private final HouseView view = new HouseView();
    private final FeedReader feeds;
    private final LogReader<Prompt> training;
    private final LogReader<Prompt> plain;
    private final LogWriter writer;
    private final Deque<Incoming<Prompt>> waiting = new ArrayDeque<>();
    private final Map<ModelVersion, GenerationEngine> engines = new HashMap<>();
    private final Map<ModelVersion, FrozenModel> references = new HashMap<>();
    private final List<Tokenizer> tokenizers = new ArrayList<>();
    /** Prompts that are to be answered with an error. */
    private Predicate<Prompt> failing = prompt -> false;
    /** Prompts whose answers are to get the same reward, all of them. */
    private Predicate<Prompt> indifferent = prompt -> false;
    /** The reward of a version's answers; without it, that of their tokens. */
    private Optional<ToDoubleFunction<ModelVersion>> liking = Optional.empty();
    /** How often each trajectory is written. */
    private int copies = 1;

    /** What the engine's record of a log-probability is off by, nats. */
    private float recordedTooHigh;
    /** A component of no weight that is 1 − the reward. */
    private Optional<String> opposite = Optional.empty();

    private boolean reversed;
    private final List<Trajectory> held = new ArrayList<>();

    HandMadeServices(Topics topics) {
        this.topics = topics;
        topics.ensure();
        feeds = new FeedReader(topics, view.feeds(topics));
        training = new LogReader<>(topics, topics.trainingPrompts());
        plain = new LogReader<>(topics, topics.prompts());
        writer = new LogWriter(topics);
    }

    HandMadeServices failing(Predicate<Prompt> prompts) {
        failing = prompts;
        return this;
    }

    HandMadeServices indifferentTo(Predicate<Prompt> prompts) {
        indifferent = prompts;
        return this;
    }

    /** Rewards every answer by the version that gave it, whatever it says. */
    HandMadeServices liking(ToDoubleFunction<ModelVersion> versions) {
        liking = Optional.of(versions);
        return this;
    }

    /** Records log-probabilities that are by so many nats too high, as of an engine whose weights are others. */
    HandMadeServices recordingTooHigh(float nats) {
        recordedTooHigh = nats;
        return this;
    }

    /** Judges by a component of this name and no weight too, which falls by what the reward rises. */
    HandMadeServices withOpposite(String component) {
        opposite = Optional.of(component);
        return this;
    }

    /** Every trajectory is written so many times. */
    HandMadeServices repeating(int times) {
        copies = times;
        return this;
    }

    /** What is answered in one poll is written in reverse order. */
    HandMadeServices reversing() {
        reversed = true;
        return this;
    }

    /** Works together with a trainer until a run has ended, and the others were told. */
    Run finish(Bench bench, String id) {
        while (!bench.ended(id)) {
            bench.poll();
            poll();
        }
        while (bench.poll() > 0) {
            // the end of the run is told to the other services
        }
        return bench.get(id);
    }

    HouseView view() {
        return view;
    }

    /** Answers what can be answered now. */
    void poll() {
        feeds.poll(Duration.ZERO);
        take(training);
        take(plain);
        for (int i = waiting.size(); i > 0; i--) {
            Incoming<Prompt> prompt = waiting.remove();
            if (!answer(prompt)) {
                waiting.add(prompt);
            }
        }
        write();
    }

    private void write() {
        if (reversed) {
            Collections.reverse(held);
        }
        List<CompletableFuture<RecordIdentity>> sent = new ArrayList<>();
        for (Trajectory trajectory : held) {
            for (int copy = 0; copy < copies; copy++) {
                sent.add(writer.send(topics.trajectories(), trajectory));
            }
        }
        held.clear();
        sent.forEach(CompletableFuture::join);
    }

    private void take(LogReader<Prompt> reader) {
        for (Fetched<Prompt> fetched : reader.poll(Duration.ZERO)) {
            if (fetched instanceof Incoming<Prompt> incoming) {
                waiting.add(incoming);
            }
        }
    }

    private boolean answer(Incoming<Prompt> prompt) {
        if (prompt.message().getPurpose() == Purpose.PURPOSE_EVALUATION) {
            return answerEvaluation(prompt);
        }
        Admission admission = view.admission(prompt.identity(), prompt.message().getRunId());
        if (admission instanceof Admission.PassedOver) {
            return true;
        }
        if (!(admission instanceof Admission.Member member)) {
            return false;
        }
        Optional<ModelVersion> policy = view.newestOfRun(member.run().getRunId())
                .map(model -> new ModelVersion(model.getName(), model.getVersion()));
        if (policy.isEmpty() || policy.get().version() < member.minimum().version()) {
            return false;
        }
        held.add(trajectory(
                prompt,
                member.run(),
                member.step(),
                policy.get(),
                member.run().getSampling().getNumSamples()));
        return true;
    }

    private boolean answerEvaluation(Incoming<Prompt> prompt) {
        Optional<RunContract> run = view.run(prompt.message().getRunId());
        ModelVersion wanted = ModelVersion.parse(prompt.message().getRequiredModel());
        if (run.isEmpty() || view.model(wanted).isEmpty()) {
            return false;
        }
        held.add(trajectory(prompt, run.get(), 0, wanted, 1));
        return true;
    }

    private Trajectory trajectory(
            Incoming<Prompt> prompt, RunContract run, long step, ModelVersion policy, int samples) {
        Rollout.Builder rollout = Rollout.newBuilder()
                .setPrompt(prompt.message())
                .setPosition(prompt.identity().toLogPosition())
                .setTopic(prompt.topic())
                .setRunId(run.getRunId());
        if (step > 0) {
            rollout.setStep(step);
        }
        if (failing.test(prompt.message())) {
            RecordError error = RecordError.newBuilder()
                    .setReason("CONTEXT_TOO_LONG")
                    .setMessage("too long for this test")
                    .setService("policy-service")
                    .build();
            return Trajectory.newBuilder()
                    .setRollout(rollout.setError(error))
                    .setError(error)
                    .build();
        }
        GenerationEngine engine = engine(policy);
        int[] promptIds =
                new TextEncoder(tokenizers.get(0)).prompt(prompt.message().getText());
        float temperature = run.getSampling().getTemperature();
        long seed = run.getSampling().getSeed() * 1_000_003
                + prompt.message().getId().hashCode();
        List<GeneratedSample> answers = generate(engine, promptIds, samples, temperature, run, seed);
        Arrays.stream(promptIds).forEach(rollout::addPromptTokenIds);
        Trajectory.Builder trajectory = Trajectory.newBuilder();
        for (GeneratedSample answer : answers) {
            rollout.addSamples(sample(answer, policy));
            Judgement.Builder judgement = judgement(answer, policy);
            if (!run.getReference().isEmpty()) {
                refer(judgement, answer, promptIds, temperature, ModelVersion.parse(run.getReference()));
            }
            trajectory.addJudgements(indifferent.test(prompt.message()) ? judgement.setReward(0.5f) : judgement);
        }
        return trajectory.setRollout(rollout).build();
    }

    private static List<GeneratedSample> generate(
            GenerationEngine engine, int[] promptIds, int samples, float temperature, RunContract run, long seed) {
        List<GeneratedSample> answers = new ArrayList<>();
        engine.submit(
                GenerationRequest.of(
                        promptIds,
                        samples,
                        SamplingParameters.plain(temperature),
                        new StopConditions(run.getStopping().getMaxTokens(), 0, List.of(), new int[0], false),
                        seed),
                new GenerationListener() {
                    @Override
                    public void onToken(int sample, GeneratedToken token, String textDelta) {}

                    @Override
                    public void onSample(GeneratedSample sample) {
                        answers.add(sample);
                    }

                    @Override
                    public void onFailure(Throwable cause) {
                        throw new AssertionError(cause);
                    }
                });
        while (answers.size() < samples) {
            engine.poll();
        }
        answers.sort((a, b) -> Integer.compare(a.index(), b.index()));
        return answers;
    }

    private Sample sample(GeneratedSample answer, ModelVersion policy) {
        Sample.Builder sample = Sample.newBuilder()
                .setIndex(answer.index())
                .setText(answer.text())
                .setFinishReason(FinishReason.valueOf("FINISH_REASON_" + answer.finishReason()))
                .addModelVersions(ModelVersionSpan.newBuilder()
                        .setModel(policy.toString())
                        .setToToken(answer.ids().length));
        for (int t = 0; t < answer.ids().length; t++) {
            sample.addTokenIds(answer.ids()[t]);
            sample.addLogprobs(answer.logProbs()[t] + recordedTooHigh);
            sample.addRawLogprobs(answer.rawLogProbs()[t]);
        }
        return sample.build();
    }

    private Judgement.Builder judgement(GeneratedSample answer, ModelVersion policy) {
        float wanted =
                IntStream.of(answer.ids()).filter(id -> id < WANTED_BELOW).count() / (float) answer.ids().length;
        float reward =
                liking.map(versions -> (float) versions.applyAsDouble(policy)).orElse(wanted);
        Judgement.Builder judgement = Judgement.newBuilder()
                .setSampleIndex(answer.index())
                .setReward(reward)
                .addComponents(RewardComponent.newBuilder()
                        .setName("wanted")
                        .setValue(reward)
                        .setWeight(1));
        opposite.ifPresent(name -> judgement.addComponents(
                RewardComponent.newBuilder().setName(name).setValue(1 - reward)));
        return judgement;
    }

    /** Adds the log-probabilities of an answer under the reference. */
    private void refer(
            Judgement.Builder judgement,
            GeneratedSample answer,
            int[] promptIds,
            float temperature,
            ModelVersion reference) {
        int[] ids = Arrays.copyOf(promptIds, promptIds.length + answer.ids().length);
        System.arraycopy(answer.ids(), 0, ids, promptIds.length, answer.ids().length);
        float[] logProbs = references
                .computeIfAbsent(reference, version -> FrozenModel.load(directory(version), COMPUTE))
                .evaluate(new MicroBatch(List.of(new TokenSequence(ids, promptIds.length)), temperature))
                .logProbs()[0];
        for (float logProb : logProbs) {
            judgement.addReferenceLogprobs(logProb);
        }
    }

    private GenerationEngine engine(ModelVersion version) {
        return engines.computeIfAbsent(version, wanted -> {
            Tokenizer tokenizer = Tokenizer.load(directory(wanted));
            tokenizers.add(tokenizer);
            return new GenerationEngine(directory(wanted), tokenizer, new EngineSettings(4, 64, COMPUTE));
        });
    }

    private Path directory(ModelVersion version) {
        return Path.of(URI.create(view.model(version).orElseThrow().getUri()));
    }

    @Override
    public void close() {
        engines.values().forEach(GenerationEngine::close);
        references.values().forEach(FrozenModel::close);
        tokenizers.forEach(Tokenizer::close);
        feeds.close();
        training.close();
        plain.close();
        writer.close();
    }
}
