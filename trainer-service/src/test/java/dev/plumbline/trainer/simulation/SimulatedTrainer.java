package dev.plumbline.trainer.simulation;

import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.answers.RunContracts;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.data.source.ObjectStorage;
import dev.plumbline.trainer.house.HouseConnection;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.model.Advertised;
import dev.plumbline.trainer.model.ModelCatalog;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.ppo.LearntStep;
import dev.plumbline.trainer.ppo.StandInRun;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.RunWorker;
import dev.plumbline.trainer.run.Runs;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.run.Stages;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** One process of trainer-service on a disk and a log: its own worker, runs, store and stages, but what learns. */
final class SimulatedTrainer implements Stages {
    private final SimulatedProcess process;
    private final Schedule schedule;
    private final Publisher publisher;
    private final ModelCatalog models;
    private final HouseConnection connection;
    private final Runs runs;
    private final RunWorker worker;
    private final Consumer<LearntStep> learnt;

    /**
     * @param runsDirectory of its runs
     * @param storeDirectory of its model versions
     */
    SimulatedTrainer(
            SimulatedProcess process,
            Schedule schedule,
            KafkaSettings kafka,
            Path runsDirectory,
            Path storeDirectory,
            Consumer<LearntStep> learnt) {
        this.process = process;
        this.schedule = schedule;
        this.learnt = learnt;
        ModelStore store = new ModelStore(storeDirectory);
        models = new ModelCatalog(store);
        publisher = new Publisher(store, Advertised.parse("file"), ComputeSettings.cpu(1), process.clock());
        connection = new HouseConnection(new Topics(kafka, process), "trainer", publisher::reconcile);
        runs = new Runs(runsDirectory, process.clock());
        worker = new RunWorker(runs, this, process.nanoTime());
    }

    SimulatedProcess process() {
        return process;
    }

    void create(RunSpec spec) {
        runs.create(
                CreateRunRequest.newBuilder().setRequestId("once").setSpec(spec).build(), spec);
    }

    /** The only run. */
    Run run() {
        return runs.newestFirst().get(0);
    }

    /** What each step of the only run showed. */
    List<Map<String, Double>> figures() {
        return runs.metrics(run().getRunId()).stream()
                .map(MetricsPoint::getValuesMap)
                .filter(values -> values.containsKey("groups/all"))
                .toList();
    }

    boolean hasEnded() {
        RunState state = run().getState();
        return state != RunState.RUN_STATE_PENDING && state != RunState.RUN_STATE_RUNNING;
    }

    /** Does a piece of work, of which it may die. */
    void poll() {
        worker.poll();
    }

    @Override
    public Stage start(ActiveRun run) {
        Workshop workshop = new Workshop(
                connection.house(),
                models,
                publisher,
                new DataSources(ObjectStorage.NONE),
                ComputeSettings.cpu(1),
                this::pinned,
                process.clock(),
                process.nanoTime());
        int questions = schedule.isFed() ? 3 * schedule.promptsPerStep() : 0;
        return StandInRun.start(workshop, run, questions, schedule.heldOut(), process::call, learnt);
    }

    private Set<String> pinned() {
        return schedule.keepsVersions()
                ? connection.view().models().stream()
                        .map(model -> model.getName() + "@" + model.getVersion())
                        .collect(Collectors.toSet())
                : Set.of();
    }

    @Override
    public void settle(List<Run> all) {
        RunContracts.closeEnded(connection.house(), all);
    }
}
