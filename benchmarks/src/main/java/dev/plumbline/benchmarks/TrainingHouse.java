package dev.plumbline.benchmarks;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.HousePlan;
import dev.plumbline.cli.launch.Installation;
import dev.plumbline.cli.launch.Ports;
import dev.plumbline.cli.launch.Resources;
import dev.plumbline.cli.launch.Service;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** The whole platform, a broker and the three services as processes of their own, that runs are given to. */
final class TrainingHouse implements AutoCloseable {
    /** How versions get from the trainer to the others. */
    enum Models {
        /** On a disk that the services share, as by default. */
        SHARED,
        /** Over gRPC, as between hosts. */
        SENT
    }

    private static final Duration STARTING = Duration.ofMinutes(3);

    private final House house;
    private final HouseClient client;

    private TrainingHouse(House house) {
        this.house = house;
        this.client = new HouseClient(house.addresses());
    }

    /**
     * The policy has room for a step's prompts of {@link PpoSpecs} at once, as in the quickstart, and for no more tokens
     * than they take.
     *
     * @param threads of each service
     */
    static TrainingHouse start(Path directory, int threads, Models models) throws IOException {
        return start(directory, threads, PpoSpecs.EPISODES, PpoSpecs.PROMPT + PpoSpecs.RESPONSE, models);
    }

    /**
     * A house with other bounds on what the policy does at once.
     *
     * @param threads of each service
     * @param slots answers that the policy has under way at once
     * @param context tokens of a prompt and its answer
     */
    static TrainingHouse start(Path directory, int threads, int slots, int context, Models models) throws IOException {
        Ports ports = Ports.free();
        return new TrainingHouse(House.start(
                new HousePlan(
                        Installation.current(),
                        directory,
                        ports,
                        Resources.share(threads),
                        settings(ports, slots, context, models)),
                started -> {}));
    }

    private static Map<Service, Map<String, String>> settings(Ports ports, int slots, int context, Models models) {
        return Map.of(
                Service.POLICY,
                Map.of(
                        "plumbline.policy.slots", String.valueOf(slots),
                        "plumbline.policy.context-length", String.valueOf(context)),
                Service.TRAINER,
                Map.of(
                        "plumbline.trainer.advertise",
                        switch (models) {
                            case SHARED -> "file";
                            case SENT -> "grpc://127.0.0.1:" + ports.grpc(Service.TRAINER);
                        }));
    }

    House house() {
        return house;
    }

    HouseClient client() {
        return client;
    }

    /** Where a run left what it tells about itself. */
    Path runDirectory(Run run) {
        return house.plan().directory().resolve("runs").resolve(run.getRunId());
    }

    /** The files of a published "name@version". */
    Path modelDirectory(String model) {
        return new ModelStore(house.plan().directory().resolve("models")).directory(ModelVersion.parse(model));
    }

    /** Ends the trainer at once and starts it again. */
    void killTrainer() {
        house.service(Service.TRAINER).kill();
        house.startService(Service.TRAINER, Map.of()).awaitStarted(STARTING);
    }

    /** Gives the run to the trainer and waits until it has succeeded. */
    Run follow(RunSpec spec, RunWatch.Listener listener) {
        String runId = client.trainer()
                .createRun(CreateRunRequest.newBuilder()
                        .setRequestId(spec.getName())
                        .setSpec(spec)
                        .build())
                .getRun()
                .getRunId();
        Run run = new RunWatch(client, runId).follow(0, listener);
        if (run.getState() != RunState.RUN_STATE_SUCCEEDED) {
            throw new IllegalStateException("run " + runId + " failed: " + run.getFailure());
        }
        return run;
    }

    @Override
    public void close() {
        client.close();
        house.close();
    }
}
