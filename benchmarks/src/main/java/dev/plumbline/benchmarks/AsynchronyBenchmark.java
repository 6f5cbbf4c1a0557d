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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What asynchrony gains and what it costs: the reward that a run reaches and its wall time for η = 0, 1, 2 and 4, without
 * (naive) and with (decoupled PPO) the weights that correct for stale answers. AReaL has such a table (arXiv 2505.24298, section
 * 7.4); its naive runs clip around the policy that sampled, while these take the one before the step for it. Every seed is a run of its own on its own random weights. Arguments: threads of each service, steps, seeds.
 */
public final class AsynchronyBenchmark {
    private static final List<Integer> STALENESS = List.of(1, 2, 4);

    private AsynchronyBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 40;
        int seeds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        System.out.println(StaleLearning.HEADER);
        try (Scratch scratch = Scratch.create()) {
            AsynchronySpecs specs = AsynchronySpecs.write(scratch.directory(), steps);
            measure(scratch.directory(), specs, threads, seeds);
        }
    }

    private static void measure(Path directory, AsynchronySpecs specs, int threads, int seeds) throws IOException {
        HousePlan plan = new HousePlan(
                Installation.current(),
                directory.resolve("house"),
                Ports.free(),
                Resources.share(threads),
                Map.of(
                        Service.POLICY,
                        Map.of(
                                "plumbline.policy.slots", String.valueOf(AsynchronySpecs.PROMPTS),
                                "plumbline.policy.context-length", String.valueOf(AsynchronySpecs.CONTEXT))));
        try (House house = House.start(plan, started -> {});
                HouseClient client = new HouseClient(house.addresses())) {
            // The first run of a house compiles its code.
            follow(client, specs.run(0, true, 0), new RewardWatch());
            row(client, specs, 0, true, seeds);
            for (int staleness : STALENESS) {
                row(client, specs, staleness, false, seeds);
                row(client, specs, staleness, true, seeds);
            }
        }
    }

    private static void row(HouseClient client, AsynchronySpecs specs, int staleness, boolean corrected, int seeds) {
        List<StaleLearning.Outcome> outcomes = new ArrayList<>();
        for (int seed = 1; seed <= seeds; seed++) {
            RewardWatch watch = new RewardWatch();
            Run run = follow(client, specs.run(staleness, corrected, seed), watch);
            outcomes.add(watch.outcome(run));
        }
        System.out.println(new StaleLearning(staleness, corrected, outcomes).row());
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
