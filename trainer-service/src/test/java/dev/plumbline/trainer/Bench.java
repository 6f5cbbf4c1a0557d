package dev.plumbline.trainer;

import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.house.HouseConnection;
import dev.plumbline.trainer.model.Advertised;
import dev.plumbline.trainer.model.ModelCatalog;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.run.RunWorker;
import dev.plumbline.trainer.run.Runs;
import dev.plumbline.trainer.spec.PinnedModels;
import dev.plumbline.trainer.spec.SpecResolver;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;

/**
 * The trainer's parts as its composition root puts them together, polled by the test's own thread. A bench that is left
 * without {@link #close} is a trainer that was killed.
 */
final class Bench implements AutoCloseable {
    private static final Set<RunState> OPEN = Set.of(RunState.RUN_STATE_PENDING, RunState.RUN_STATE_RUNNING);

    private final Path directory;
    private final KafkaSettings kafka;
    private final Topics topics;
    private final ModelStore store;
    private final Runs runs;
    private final SpecResolver specs;
    private final HouseConnection connection;
    private final RunWorker worker;

    Bench(Path directory, KafkaSettings kafka) {
        this.directory = directory;
        this.kafka = kafka;
        Clock clock = Clock.systemUTC();
        topics = new Topics(kafka);
        store = new ModelStore(directory.resolve("store"));
        ModelCatalog models = new ModelCatalog(store);
        runs = new Runs(directory.resolve("runs"), clock);
        specs = new SpecResolver(models, kafka.topics().maxRecordBytes());
        ComputeSettings compute = ComputeSettings.cpu(1);
        Publisher publisher = new Publisher(store, Advertised.parse("file"), compute, clock);
        connection = new HouseConnection(topics, "trainer", publisher::reconcile);
        worker = new RunWorker(
                runs,
                new TrainerStages(
                        connection,
                        models,
                        publisher,
                        compute,
                        () -> PinnedModels.of(runs.open()),
                        clock,
                        System::nanoTime),
                clock);
    }

    static Bench in(Path directory) {
        return new Bench(directory, TestBroker.newTopics());
    }

    /** A new trainer on the same disk and log, as after a kill. */
    Bench restarted() {
        return new Bench(directory, kafka);
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
}
