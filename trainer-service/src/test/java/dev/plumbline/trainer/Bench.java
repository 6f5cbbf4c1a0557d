package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelFile;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.data.source.ObjectStorage;
import dev.plumbline.trainer.house.HouseConnection;
import dev.plumbline.trainer.model.Advertised;
import dev.plumbline.trainer.model.ModelCatalog;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.page.CurvesFile;
import dev.plumbline.trainer.run.RunWorker;
import dev.plumbline.trainer.run.Runs;
import dev.plumbline.trainer.spec.PinnedModels;
import dev.plumbline.trainer.spec.SpecResolver;
import dev.plumbline.trainer.tensorboard.TensorBoardLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;

/**
 * The trainer's parts as its composition root puts them together, polled by the test's own thread. A bench that is left
 * without {@link #close} is a trainer that was killed.
 */
final class Bench implements AutoCloseable {
    /** Fixed, so that the same spec makes a run of the same id on every bench. */
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-31T17:45:02Z"), ZoneOffset.UTC);

    private static final Set<RunState> OPEN = Set.of(RunState.RUN_STATE_PENDING, RunState.RUN_STATE_RUNNING);

    private final Path directory;
    private final KafkaSettings kafka;
    private final ObjectStorage objects;
    private final Topics topics;
    private final ModelStore store;
    private final Runs runs;
    private final SpecResolver specs;
    private final HouseConnection connection;
    private final RunWorker worker;

    Bench(Path directory, KafkaSettings kafka, ObjectStorage objects) {
        this.directory = directory;
        this.kafka = kafka;
        this.objects = objects;
        topics = new Topics(kafka);
        store = new ModelStore(directory.resolve("store"));
        ModelCatalog models = new ModelCatalog(store);
        runs = new Runs(directory.resolve("runs"), CLOCK);
        DataSources sources = new DataSources(objects);
        runs.observe(new TensorBoardLog(CLOCK));
        runs.observe(new CurvesFile(runs, System::nanoTime));
        ComputeSettings compute = ComputeSettings.cpu(1);
        specs = new SpecResolver(models, sources, compute, kafka.topics().maxRecordBytes());
        Publisher publisher = new Publisher(store, Advertised.parse("file"), compute, CLOCK);
        connection = new HouseConnection(topics, "trainer", publisher::reconcile);
        worker = new RunWorker(
                runs,
                new TrainerStages(
                        connection,
                        models,
                        publisher,
                        sources,
                        compute,
                        () -> PinnedModels.of(runs.open()),
                        CLOCK,
                        System::nanoTime),
                System::nanoTime);
    }

    static Bench in(Path directory) {
        return in(directory, ObjectStorage.NONE);
    }

    static Bench in(Path directory, ObjectStorage objects) {
        return new Bench(directory, TestBroker.newTopics(), objects);
    }

    /** A new trainer on the same disk and log, as after a kill. */
    Bench restarted() {
        return new Bench(directory, kafka, objects);
    }

    /** What is before the names of its topics. */
    String prefix() {
        return kafka.topics().prefix();
    }

    Topics topics() {
        return topics;
    }

    ModelStore store() {
        return store;
    }

    Runs runs() {
        return runs;
    }

    HouseConnection connection() {
        return connection;
    }

    SpecResolver specs() {
        return specs;
    }

    /** Accepts a run. */
    String create(RunSpec spec) {
        return runs.create(CreateRunRequest.newBuilder().setSpec(spec).build(), specs.resolve(spec))
                .getRunId();
    }

    /** Does a piece of work. */
    int poll() {
        return worker.poll();
    }

    Run get(String id) {
        return runs.get(id);
    }

    boolean ended(String id) {
        return !OPEN.contains(get(id).getState());
    }

    /** The metrics of a run, in order. */
    List<MetricsPoint> metrics(String id) {
        try {
            List<MetricsPoint> points = new ArrayList<>();
            for (String line :
                    Files.readAllLines(directory.resolve("runs").resolve(id).resolve("metrics.jsonl"))) {
                MetricsPoint.Builder point = MetricsPoint.newBuilder();
                JsonFormat.parser().merge(line, point);
                points.add(point.build());
            }
            return points;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A metric's values, in order. */
    List<Double> metric(String id, String name) {
        return metrics(id).stream()
                .filter(point -> point.containsValues(name))
                .map(point -> point.getValuesOrThrow(name))
                .toList();
    }

    /** Where the checkpoint after a step has a model that learns. */
    Path learner(String id, long step, String name) {
        return directory
                .resolve("runs/" + id + "/checkpoints/step-%012d".formatted(step))
                .resolve(name);
    }

    /** What the log holds of a step, in its order. */
    List<Trajectory> trajectories(long step) {
        List<Trajectory> trajectories = new ArrayList<>();
        try (LogReader<Trajectory> reader = new LogReader<>(topics, topics.trajectories())) {
            Map<Integer, Long> ends = reader.endOffsets();
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                for (Fetched<Trajectory> fetched : reader.poll(Duration.ofMillis(100))) {
                    Trajectory trajectory = ((Incoming<Trajectory>) fetched).message();
                    if (trajectory.getRollout().getStep() == step) {
                        trajectories.add(trajectory);
                    }
                }
            }
        }
        return trajectories;
    }

    /** Digest of a published model's weights. */
    String weights(String model) {
        return store.read(ModelVersion.parse(model)).manifest().files().stream()
                .filter(file -> file.path().equals("model.safetensors"))
                .map(ModelFile::sha256)
                .findFirst()
                .orElseThrow();
    }

    /** Accepts a run and works until it has ended. */
    Run run(RunSpec spec) {
        String id = create(spec);
        while (!ended(id)) {
            poll();
        }
        return get(id);
    }

    @Override
    public void close() {
        worker.finish();
        connection.close();
    }

    /** The same figures, but for float rounding. */
    static void assertClose(List<Double> actual, List<Double> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).isCloseTo(expected.get(i), Offset.offset(1e-4));
        }
    }
}
