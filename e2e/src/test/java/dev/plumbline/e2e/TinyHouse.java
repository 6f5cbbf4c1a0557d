package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.HousePlan;
import dev.plumbline.cli.launch.Installation;
import dev.plumbline.cli.launch.Ports;
import dev.plumbline.cli.launch.Resources;
import dev.plumbline.cli.launch.Service;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.Topic;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RegularExpressionReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.proto.trainer.v1.RewardEvaluation;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** A real house of three processes and a broker on free ports, with one thread each and a tiny world to learn in. */
final class TinyHouse implements AutoCloseable {

    static final int PROMPTS_PER_STEP = 16;
    static final int SAMPLES_PER_PROMPT = 4;

    /** A killed service's partitions are free when Kafka misses it: here as soon as a broker allows. */
    private static final String SESSION_TIMEOUT = "plumbline.kafka.client.\"session.timeout.ms\"";

    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final Path directory;
    private final House house;
    private final HouseClient client;

    TinyHouse(Path directory) {
        this(directory, Map.of(), Map.of());
    }

    private TinyHouse(Path directory, Map<String, String> policy, Map<String, String> reward) {
        this.directory = directory;
        HousePlan plan = new HousePlan(
                Installation.current(),
                directory.resolve("house"),
                Ports.free(),
                new Resources(1, 384),
                Map.of(Service.POLICY, with(policy), Service.REWARD, with(reward)));
        this.house = House.start(plan, started -> {});
        this.client = new HouseClient(house.addresses());
        awaitSuccess(create("base", spec -> spec.setSft(base())).getRunId());
    }

    /** A service's settings here, and more of them. */
    private static Map<String, String> with(Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(more);
        all.put(SESSION_TIMEOUT, "6000");
        return all;
    }

    /** One in which an answer is sampled and judged to the same bits in any company. */
    static TinyHouse deterministic(Path directory) {
        return new TinyHouse(
                directory,
                Map.of("plumbline.policy.deterministic", "true"),
                Map.of("plumbline.reward.deterministic", "true"));
    }

    /** One in which running answers go on with a newer version as soon as it is served. */
    static TinyHouse continuing(Path directory) {
        return new TinyHouse(directory, Map.of("plumbline.policy.swap", "continue"), Map.of());
    }

    /** A base model from nothing: it has seen the words. */
    private SftSpec.Builder base() {
        return SftSpec.newBuilder()
                .setModel(TinyWorld.model(directory.resolve("start")).toString())
                .setOutput("base")
                .setObjective(SftObjective.SFT_OBJECTIVE_TEXT)
                .setData(Data.newBuilder()
                        .setPath(TinyWorld.texts(directory.resolve("text.jsonl"), 64)
                                .toString()))
                .setBatchSize(32)
                .setSteps(4);
    }

    /** Learns a reward model, "reward", from answers in the order of their worth, until it prefers them so. */
    Run learnRewardModel() {
        Path lists = TinyWorld.rankings(directory.resolve("rankings.jsonl"), 32);
        RewardModelSpec.Builder reward = RewardModelSpec.newBuilder()
                .setModel("base@1")
                .setData(Data.newBuilder().setPath(lists.toString()).setEvalFraction(0.25))
                .setOptimizer(Optimizer.newBuilder().setLearningRate(0.01))
                .setBatchSize(8)
                .setSteps(18);
        return awaitSuccess(
                create("reward", spec -> spec.setRewardModel(reward)).getRunId());
    }

    HouseClient client() {
        return client;
    }

    Path directory() {
        return directory;
    }

    /** For looks at the log without delay: by default, what a reader asks next waits behind a fetch for half a second. */
    Topics topics() {
        return new Topics(
                KafkaSettings.of(house.addresses().kafka(), Map.of("fetch.max.wait.ms", "20"), TopicSettings.DEFAULT));
    }

    /** Ends a service as a crash would. */
    void kill(Service service) {
        house.service(service).kill();
    }

    /** A service's process. */
    long pid(Service service) {
        return house.service(service).pid();
    }

    /** Starts a service that was killed. */
    void restart(Service service) {
        house.startService(service, Map.of()).awaitStarted(PATIENCE);
    }

    /** A run's directory on the trainer's disk. */
    Path runDirectory(String runId) {
        return directory.resolve("house").resolve("runs").resolve(runId);
    }

    /** Sends one step's prompts as another producer would; the numbers make their ids. */
    void send(int from, int to) {
        try (LogWriter producer = new LogWriter(topics())) {
            for (int i = from; i < to; i++) {
                producer.send(
                                topics().trainingPrompts(),
                                Prompt.newBuilder()
                                        .setId("question-" + i)
                                        .setText(TinyWorld.question(i))
                                        .build())
                        .join();
            }
        }
    }

    /** PPO from the base model towards answers with a certain word. */
    PpoSpec.Builder ppo(int steps) {
        Path prompts = TinyWorld.prompts(directory.resolve("prompts.jsonl"), 512);
        Path heldOut = TinyWorld.prompts(directory.resolve("held-out.jsonl"), 32);
        return PpoSpec.newBuilder()
                .setModel("base@1")
                .setPrompts(Data.newBuilder().setPath(prompts.toString()))
                .setEvaluation(Data.newBuilder().setPath(heldOut.toString()))
                .setReward(RewardSpec.newBuilder()
                        .addComponents(RewardComponentSpec.newBuilder()
                                .setName("wanted")
                                .setRegularExpression(
                                        RegularExpressionReward.newBuilder().setPattern(TinyWorld.WANTED))))
                .setSteps(steps)
                .setPromptsPerStep(PROMPTS_PER_STEP)
                .setSamplesPerPrompt(SAMPLES_PER_PROMPT)
                .setStopping(Stopping.newBuilder().setMaxTokens(6))
                .setKl(KlPenalty.newBuilder().setCoefficient(0.001))
                .setMinibatches(2)
                .setOptimizer(Optimizer.newBuilder().setLearningRate(0.01))
                .setCriticOptimizer(Optimizer.newBuilder().setLearningRate(0.01))
                .setCourse(Course.newBuilder().setCheckpointEvery(2));
    }

    /** Fine-tuning of the base model, judged by the reward model and, without weight, by a certain word in its answers. */
    SftSpec.Builder judgedFineTuning(int steps) {
        Path demonstrations = TinyWorld.demonstrations(directory.resolve("demonstrations.jsonl"), 80);
        return SftSpec.newBuilder()
                .setModel("base@1")
                .setData(Data.newBuilder().setPath(demonstrations.toString()).setEvalFraction(0.2))
                .setOptimizer(Optimizer.newBuilder().setLearningRate(0.03))
                .setBatchSize(16)
                .setSteps(steps)
                .setCourse(Course.newBuilder().setEvaluateEvery(4))
                .setRewardEvaluation(RewardEvaluation.newBuilder()
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("taste")
                                        .setModel(ModelReward.newBuilder().setModel("reward")))
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("wanted")
                                        .setWeight(0)
                                        .setRegularExpression(RegularExpressionReward.newBuilder()
                                                .setPattern(TinyWorld.WANTED))))
                        .setStopping(Stopping.newBuilder().setMaxTokens(6)));
    }

    /** Text that is learnt beside the answers, of which an update takes now and then one example more. */
    PretrainingMix pretraining() {
        return PretrainingMix.newBuilder()
                .setData(Data.newBuilder()
                        .setPath(TinyWorld.texts(directory.resolve("ptx.jsonl"), 50)
                                .toString()))
                .setCoefficient(0.1)
                .setExamplesPerEpisode(0.3)
                .build();
    }

    /** The same from the prompts that other producers send. */
    PpoSpec.Builder ppoFromProducers(int steps) {
        return ppo(steps).clearPrompts().clearEvaluation().setPromptsFrom(PromptSource.PROMPT_SOURCE_PRODUCERS);
    }

    Run create(String name, PpoSpec.Builder ppo) {
        return create(name, spec -> spec.setPpo(ppo));
    }

    Run create(String name, SftSpec.Builder sft) {
        return create(name, spec -> spec.setSft(sft));
    }

    private Run create(String name, UnaryOperator<RunSpec.Builder> stage) {
        return client.trainer()
                .createRun(CreateRunRequest.newBuilder()
                        .setRequestId(name)
                        .setSpec(stage.apply(RunSpec.newBuilder().setName(name).setSeed(7)))
                        .build())
                .getRun();
    }

    Run run(String runId) {
        return client.trainer()
                .getRun(GetRunRequest.newBuilder().setRunId(runId).build())
                .getRun();
    }

    /** Waits until policy-service can answer. */
    void awaitServing() {
        Awaitility.await("policy-service")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .ignoreException(StatusRuntimeException.class)
                .until(
                        () -> client.policy()
                                .getModelInfo(GetModelInfoRequest.getDefaultInstance())
                                .getModel(),
                        model -> !model.isEmpty());
    }

    /** Waits until a run has done so many steps. */
    void awaitStep(String runId, long step) {
        await(runId, run -> run.getStep() >= step);
    }

    /** Waits until a run waits for prompts that other producers have not sent yet. */
    void awaitWantOfPrompts(String runId) {
        await(runId, run -> run.getWaiting().getReason().contains("prompts from producers"));
    }

    /** Asks again and again, and leaves as little time as there can be between the event and what is done about it. */
    static ConditionFactory atOnce() {
        return Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1));
    }

    /** Keeps a model from being deleted: a run that has not ended, if only because it has not begun, needs it. */
    void keep(String model) {
        create(
                "keeps-" + model.replace('@', '-'),
                spec -> spec.setSft(base().setModel(model).setOutput("kept")));
    }

    /** Versions that a run has ever announced, in their order. */
    List<ModelPublished> published(String runId) {
        return all(topics().models()).stream()
                .map(Incoming::message)
                .filter(model -> model.getRunId().equals(runId))
                .toList();
    }

    /** Waits until a run has ended well. */
    Run awaitSuccess(String runId) {
        Run ended = await(
                runId,
                run -> run.getState() == RunState.RUN_STATE_SUCCEEDED || run.getState() == RunState.RUN_STATE_FAILED);
        assertThat(ended.getFailure()).isEmpty();
        return ended;
    }

    private Run await(String runId, Predicate<Run> condition) {
        return Awaitility.await("run " + runId)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .ignoreException(StatusRuntimeException.class)
                .until(() -> run(runId), condition);
    }

    /** Everything that stands on a topic now, in order within each partition. */
    <M extends Message> List<Incoming<M>> all(Topic<M> topic) {
        List<Incoming<M>> all = new ArrayList<>();
        try (LogReader<M> reader = new LogReader<>(topics(), topic)) {
            Map<Integer, Long> ends = reader.endOffsets();
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                for (Fetched<M> fetched : reader.poll(Duration.ofMillis(200))) {
                    if (fetched instanceof Incoming<M> incoming) {
                        all.add(incoming);
                    }
                }
            }
        }
        return all;
    }

    /** What a run has measured, in order. */
    List<MetricsPoint> points(String runId) {
        List<MetricsPoint> points = new ArrayList<>();
        client.trainer()
                .watchRun(WatchRunRequest.newBuilder().setRunId(runId).build())
                .forEachRemaining(event -> {
                    if (event.hasMetrics()) {
                        points.add(event.getMetrics());
                    }
                });
        return points;
    }

    /** What each step of a run showed, but for what a clock has part in. */
    List<Map<String, Double>> figures(String runId) {
        return points(runId).stream()
                .map(point -> {
                    Map<String, Double> figures = new TreeMap<>(point.getValuesMap());
                    figures.keySet()
                            .removeIf(name -> name.startsWith("time/") || name.startsWith("tokens_per_second/"));
                    return figures;
                })
                .toList();
    }

    /** What a service's metrics endpoint says. */
    String metrics(Service service) {
        try {
            return new String(
                    URI.create("http://127.0.0.1:" + house.plan().ports().http(service) + "/q/metrics")
                            .toURL()
                            .openStream()
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        house.close();
    }
}
