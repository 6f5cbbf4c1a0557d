package dev.plumbline.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What asynchrony gains and what it costs: the reward that a run reaches and its wall time for η = 0, 1, 2 and 4, without
 * (naive) and with (decoupled PPO) the weights that correct for stale answers. AReaL has such a table (arXiv 2505.24298, section
 * 7.4); its naive runs clip around the policy that sampled, while these take the one before the step for it. Every
 * seed is a run of its own on its own random weights. After 40 steps all of them have learnt the task; the fewer steps, the more
 * is left to see of what staleness costs. Arguments: threads of each service, steps, seeds.
 */
public final class AsynchronyBenchmark {
    private static final List<Integer> STALENESS = List.of(1, 2, 4);

    private AsynchronyBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 12;
        int seeds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        System.out.println(StaleLearning.HEADER);
        try (Scratch scratch = Scratch.create()) {
            AsynchronySpecs specs = AsynchronySpecs.write(scratch.directory(), steps);
            measure(scratch.directory(), specs, threads, seeds);
        }
    }

    private static void measure(Path directory, AsynchronySpecs specs, int threads, int seeds) throws IOException {
        try (TrainingHouse house = TrainingHouse.start(
                directory.resolve("house"),
                threads,
                AsynchronySpecs.PROMPTS,
                AsynchronySpecs.CONTEXT,
                TrainingHouse.Models.SENT)) {
            // The first run of a house compiles its code.
            house.follow(specs.run(0, true, 0), new RewardWatch());
            row(house, specs, 0, true, seeds);
            for (int staleness : STALENESS) {
                row(house, specs, staleness, false, seeds);
                row(house, specs, staleness, true, seeds);
            }
        }
    }

    private static void row(TrainingHouse house, AsynchronySpecs specs, int staleness, boolean corrected, int seeds) {
        List<StaleLearning.Outcome> outcomes = new ArrayList<>();
        for (int seed = 1; seed <= seeds; seed++) {
            RewardWatch watch = new RewardWatch();
            outcomes.add(watch.outcome(house.follow(specs.run(staleness, corrected, seed), watch)));
        }
        System.out.println(new StaleLearning(staleness, corrected, outcomes).row());
    }
}
