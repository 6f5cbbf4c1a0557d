package dev.plumbline.benchmarks;

import dev.plumbline.benchmarks.TrainingHouse.Models;
import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.trainer.v1.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Seconds per PPO update in the whole platform, a broker and the three services as processes of their own, and where they
 * go: see {@link UpdateCosts}; then the trainer's memory: see {@link StepMemory}. Arguments: a model (S, M), the threads of
 * each service, the updates to measure, and how versions travel, SHARED or SENT; four cases if there are none.
 */
public final class PpoBenchmark {
    private PpoBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println(UpdateCosts.HEADER);
        List<StepMemory> memory = arguments.length > 0
                ? List.of(measure(
                        RandomLlama.valueOf(arguments[0]),
                        Integer.parseInt(arguments[1]),
                        Integer.parseInt(arguments[2]),
                        Models.valueOf(arguments[3])))
                : List.of(
                        measure(RandomLlama.S, 1, 16, Models.SENT),
                        measure(RandomLlama.M, 1, 3, Models.SENT),
                        measure(RandomLlama.S, 2, 16, Models.SENT),
                        measure(RandomLlama.M, 2, 3, Models.SENT));
        System.out.println();
        System.out.println(StepMemory.HEADER);
        memory.forEach(step -> System.out.println(step.row()));
    }

    private static StepMemory measure(RandomLlama model, int threads, int updates, Models models) throws IOException {
        try (Scratch scratch = Scratch.create()) {
            return measure(model, threads, updates, models, scratch.directory());
        }
    }

    private static StepMemory measure(RandomLlama model, int threads, int updates, Models models, Path directory)
            throws IOException {
        PpoSpecs specs = PpoSpecs.write(model, directory, updates);
        try (TrainingHouse house = TrainingHouse.start(directory.resolve("house"), threads, models)) {
            long trainer = house.house().service(Service.TRAINER).pid();
            Resident idle = Resident.of(trainer).orElseThrow();
            HouseMeters before = HouseMeters.read(house.house());
            house.follow(specs.rewardModel(), new UpdateWatch(house.house(), 0, 0));
            UpdateWatch watch =
                    new UpdateWatch(house.house(), PpoSpecs.warmUp(model), PpoSpecs.warmUp(model) + updates);
            Run run = house.follow(specs.ppo(), watch);
            System.out.println(
                    watch.costs(house.client().topics(""), run.getRunId()).row(model, threads));
            double java =
                    HouseMeters.read(house.house()).since(before).sum(Service.TRAINER, "jvm_memory_committed_bytes");
            return new StepMemory(model, threads, idle, Resident.of(trainer).orElseThrow(), java);
        }
    }
}
