package dev.plumbline.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/**
 * policy-service, called over gRPC, beside transformers' {@code generate} on the same checkpoint, by turns in one run. Arguments: a
 * Python interpreter that has torch and transformers, then the models (S, M, G), all if there are none.
 */
public final class PeerBenchmark {
    private static final int THREADS = 2;
    private static final int NEW_TOKENS = 128;
    private static final List<Integer> BATCHES = List.of(1, 8, 32);
    private static final int RAGGED = 64;
    private static final int RAGGED_BATCH = 16;
    private static final int REPETITIONS = 5;
    /** Fewer would be over before anything could be measured. */
    private static final int LEAST_PROMPTS = 4;
    /** For some twenty seconds a Java virtual machine compiles what it runs, for which it takes up to a quarter of a core. */
    private static final double WARM_UP_SECONDS = 20;

    /** Before each workload: its sizes of steps are new to both. */
    private static final double TURN_SECONDS = 5;

    private PeerBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path python = Path.of(arguments[0]);
        for (RandomLlama model : RandomLlama.named(Arrays.copyOfRange(arguments, 1, arguments.length))) {
            try (Scratch scratch = Scratch.create()) {
                measure(model, python, scratch.directory());
            }
        }
    }

    private static void measure(RandomLlama model, Path python, Path scratch) throws Exception {
        Path checkpoint = model.write(scratch);
        try (CheckpointHouse policy = CheckpointHouse.start(checkpoint, THREADS, 32, scratch);
                TransformersPeer peer = TransformersPeer.start(python, checkpoint, THREADS, scratch)) {
            System.out.println(
                    "| model | workload | plumbline tokens/s | transformers tokens/s | ratio, median (range) |");
            System.out.println("|---|---|---|---|---|");
            Workload first = Workload.even(model, 8, NEW_TOKENS);
            warmUp(WARM_UP_SECONDS, () -> policy.seconds(first, 8));
            warmUp(WARM_UP_SECONDS, () -> peer.seconds(first, 8));
            for (int batch : BATCHES) {
                Workload workload = Workload.even(model, Math.max(batch, LEAST_PROMPTS), NEW_TOKENS);
                compare(model, "batch " + batch, workload, batch, policy, peer);
            }
            compare(model, "64 ragged, 16 at once", Workload.ragged(model, RAGGED), RAGGED_BATCH, policy, peer);
            System.out.println();
        }
    }

    private static void compare(
            RandomLlama model,
            String name,
            Workload workload,
            int batch,
            CheckpointHouse policy,
            TransformersPeer peer) {
        warmUp(TURN_SECONDS, () -> policy.seconds(workload, batch));
        warmUp(TURN_SECONDS, () -> peer.seconds(workload, batch));
        double[] ours = new double[REPETITIONS];
        double[] theirs = new double[REPETITIONS];
        double[] ratios = new double[REPETITIONS];
        for (int i = 0; i < REPETITIONS; i++) {
            ours[i] = policy.seconds(workload, batch);
            theirs[i] = peer.seconds(workload, batch);
            ratios[i] = theirs[i] / ours[i];
        }
        Arrays.sort(ratios);
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.0f | %.0f | **%.2f** (%.2f-%.2f) |%n",
                model,
                name,
                workload.tokens() / least(ours),
                workload.tokens() / least(theirs),
                ratios[REPETITIONS / 2],
                ratios[0],
                ratios[REPETITIONS - 1]);
    }

    private static void warmUp(double least, DoubleSupplier run) {
        double seconds = 0;
        while (seconds < least) {
            seconds += run.getAsDouble();
        }
    }

    private static double least(double[] seconds) {
        return Arrays.stream(seconds).min().orElseThrow();
    }
}
