package dev.plumbline.benchmarks;

import dev.plumbline.proto.trainer.v1.Run;
import java.io.IOException;
import java.nio.file.Path;

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
        try (TrainingHouse house = TrainingHouse.start(directory.resolve("house"), threads)) {
            house.follow(specs.rewardModel(), new UpdateWatch(house.house(), 0, 0));
            UpdateWatch watch = new UpdateWatch(house.house(), PpoSpecs.WARM_UP, PpoSpecs.WARM_UP + updates);
            Run run = house.follow(specs.ppo(), watch);
            System.out.println(
                    watch.costs(house.client().topics(""), run.getRunId()).row(model, threads));
        }
    }
}
