package dev.plumbline.benchmarks;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.HousePlan;
import dev.plumbline.cli.launch.Installation;
import dev.plumbline.cli.launch.Ports;
import dev.plumbline.cli.launch.Resources;
import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Seconds per PPO update in the whole platform, a broker and the three services as processes of their own, and where they
 * go: see {@link UpdateCosts}. Arguments: a model (S, M), the threads of each service, the updates to measure; all four
 * cases if there are none.
 */
public final class PpoBenchmark {
    private PpoBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println(UpdateCosts.HEADER);
        if (arguments.length > 0) {
            measure(RandomLlama.valueOf(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
            return;
        }
        for (int threads : new int[] {1, 2}) {
            measure(RandomLlama.S, threads, 16);
            measure(RandomLlama.M, threads, 3);
        }
    }

    private static void measure(RandomLlama model, int threads, int updates) throws IOException {
        try (Scratch scratch = Scratch.create()) {
            measure(model, threads, updates, scratch.directory());
        }
    }

    private static void measure(RandomLlama model, int threads, int updates, Path directory) throws IOException {
        PpoSpecs specs = PpoSpecs.write(model, directory, updates);
        Ports ports = Ports.free();
        HousePlan plan = new HousePlan(
                Installation.current(), directory.resolve("house"), ports, Resources.share(threads), settings(ports));
        try (House house = House.start(plan, started -> {});
                HouseClient client = new HouseClient(house.addresses())) {
            follow(client, specs.rewardModel(), new UpdateWatch(house, 0, 0));
            UpdateWatch watch = new UpdateWatch(house, PpoSpecs.WARM_UP, PpoSpecs.WARM_UP + updates);
            Run run = follow(client, specs.ppo(), watch);
            System.out.println(watch.costs(client.topics(""), run.getRunId()).row(model, threads));
        }
    }

    /**
     * The policy has room for a step's prompts at once, as in the quickstart, and for no more tokens than they take. Models
     * travel over gRPC, as between hosts.
     */
    private static Map<Service, Map<String, String>> settings(Ports ports) {
        return Map.of(
                Service.POLICY,
                Map.of(
                        "plumbline.policy.slots",
                        String.valueOf(PpoSpecs.EPISODES),
                        "plumbline.policy.context-length",
                        String.valueOf(PpoSpecs.PROMPT + PpoSpecs.RESPONSE)),
                Service.TRAINER,
                Map.of("plumbline.trainer.advertise", "grpc://127.0.0.1:" + ports.grpc(Service.TRAINER)));
    }

    private static Run follow(HouseClient client, RunSpec spec, RunWatch.Listener listener) {
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
}
