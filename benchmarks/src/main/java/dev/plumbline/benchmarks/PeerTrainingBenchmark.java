package dev.plumbline.benchmarks;

import dev.plumbline.benchmarks.StepTimes.Spread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Training in the whole platform, broker, three services, checkpoints and published versions included, beside a plain
 * PyTorch loop and TRL's PPOTrainer, which do without: first fine-tuning, then PPO as in {@link PpoSpecs}. Everyone has two
 * threads and the machine alone. Arguments: a Python that has torch, transformers and TRL, then models (S, M, G).
 */
public final class PeerTrainingBenchmark {
    private static final int THREADS = 2;
    private static final String TRAINERS = "trainers.py";
    private static final String LOOP = "loop";

    private PeerTrainingBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path python = Path.of(arguments[0]);
        System.out.println("| model | work | plumbline | plain loop | TRL | of the loop | of TRL |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (RandomLlama model : RandomLlama.named(Arrays.copyOfRange(arguments, 1, arguments.length))) {
            for (FineTuningSpecs.Lengths lengths : FineTuningSpecs.Lengths.values()) {
                try (Scratch scratch = Scratch.create()) {
                    fineTune(model, lengths, python, scratch.directory());
                }
            }
            // Four models of G's size, their gradients and moments do not fit beside each other in a small machine.
            if (model != RandomLlama.G) {
                try (Scratch scratch = Scratch.create()) {
                    improve(model, python, scratch.directory());
                }
            }
        }
    }

    private static void fineTune(RandomLlama model, FineTuningSpecs.Lengths lengths, Path python, Path scratch)
            throws IOException {
        int warmUp = FineTuningSpecs.warmUp(model);
        int steps = warmUp
                + switch (model) {
                    case S -> 60;
                    case M -> 8;
                    case G -> 3;
                };
        FineTuningSpecs specs = FineTuningSpecs.write(model, lengths, scratch, steps);
        StepTimes ours = new StepTimes();
        try (TrainingHouse house =
                TrainingHouse.start(scratch.resolve("house"), THREADS, TrainingHouse.Models.SHARED)) {
            house.follow(specs.run(), ours);
        }
        List<Double> loop = new PythonScript(python, TRAINERS, scratch)
                .numbers(
                        Map.of(
                                "task",
                                "sft",
                                "threads",
                                THREADS,
                                "model",
                                specs.checkpoint().toString(),
                                "batches",
                                Stream.generate(specs::batch).limit(steps).toList()),
                        LOOP);
        Spread own = ours.seconds(warmUp);
        Spread theirs = Spread.of(loop, warmUp);
        System.out.printf(
                Locale.ROOT,
                "| %s | SFT, %s, tokens/s | %.0f | %.0f | | **%.2f** | |%n",
                model,
                lengths,
                specs.tokens() / own.median(),
                specs.tokens() / theirs.median(),
                theirs.median() / own.median());
    }

    private static void improve(RandomLlama model, Path python, Path scratch) throws IOException {
        int updates = model == RandomLlama.S ? 12 : 4;
        int warmUp = PpoSpecs.warmUp(model);
        PpoSpecs specs = PpoSpecs.write(model, scratch, updates);
        StepTimes times = new StepTimes();
        try (TrainingHouse house =
                TrainingHouse.start(scratch.resolve("house"), THREADS, TrainingHouse.Models.SHARED)) {
            house.follow(specs.rewardModel(), new StepTimes());
            house.follow(specs.ppo(), times);
        }
        // The end of the first update is where the clock starts.
        Spread own = times.seconds(warmUp - 1);
        Path checkpoint = scratch.resolve(model.name());
        Random random = new Random(1);
        Map<String, Object> work = Map.of(
                "task",
                "ppo",
                "threads",
                THREADS,
                "model",
                checkpoint.toString(),
                "reward",
                model.writeRewardModel(scratch, checkpoint).toString(),
                "response",
                PpoSpecs.RESPONSE,
                "episodes",
                PpoSpecs.EPISODES,
                "minibatches",
                PpoSpecs.MINIBATCHES,
                "prompts",
                IntStream.range(0, PpoSpecs.EPISODES * (warmUp + updates))
                        .mapToObj(i -> random.ints(PpoSpecs.PROMPT, 2, model.vocabulary())
                                .toArray())
                        .toList());
        PythonScript script = new PythonScript(python, TRAINERS, scratch);
        Spread loop = Spread.of(script.numbers(work, LOOP), warmUp);
        Spread trl = Spread.of(script.numbers(work, "trl"), warmUp);
        System.out.printf(
                Locale.ROOT,
                "| %s | PPO, s/update | %s | %s | %s | **%.2f** | **%.2f** |%n",
                model,
                own,
                loop,
                trl,
                own.median() / loop.median(),
                own.median() / trl.median());
    }
}
