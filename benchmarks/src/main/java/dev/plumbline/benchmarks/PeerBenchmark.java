package dev.plumbline.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

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
    private static final int REPETITIONS = 3;
    private static final int LONG_PROMPT = 512;
    private static final int STREAMS = 16;

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
        try (PolicyHouse policy = PolicyHouse.start(checkpoint, THREADS, 32, scratch);
                TransformersPeer peer = TransformersPeer.start(python, checkpoint, THREADS, scratch)) {
            System.out.println(
                    "| model | workload | plumbline tokens/s | transformers tokens/s | ratio, median (range) |");
            System.out.println("|---|---|---|---|---|");
            for (int batch : BATCHES) {
                compare(model, "batch " + batch, Workload.even(model, batch, NEW_TOKENS), batch, policy, peer);
            }
            compare(model, "64 ragged, 16 at once", Workload.ragged(model, RAGGED), RAGGED_BATCH, policy, peer);
            System.out.println();
            underLoad(model, policy);
        }
    }

    private static void compare(
            RandomLlama model, String name, Workload workload, int batch, PolicyHouse policy, TransformersPeer peer) {
        policy.seconds(workload, batch);
        peer.seconds(workload, batch);
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

    private static double least(double[] seconds) {
        return Arrays.stream(seconds).min().orElseThrow();
    }

    /** How a long prompt and sixteen streams treat each other. */
    private static void underLoad(RandomLlama model, PolicyHouse policy) throws Exception {
        int tokens = 4 * NEW_TOKENS;
        List<int[]> prompts = Workload.even(model, STREAMS, tokens).prompts();
        int[] longPrompt = IntStream.range(0, LONG_PROMPT).map(i -> 2 + i % 500).toArray();
        double alone = Double.POSITIVE_INFINITY;
        for (int i = 0; i < REPETITIONS; i++) {
            alone = Math.min(alone, policy.arrivals(changed(longPrompt, i), 1, i)[0]);
        }
        ExecutorService callers = Executors.newFixedThreadPool(STREAMS);
        try {
            List<Future<double[]>> streams = IntStream.range(0, STREAMS)
                    .mapToObj(i -> callers.submit(() -> policy.arrivals(prompts.get(i), tokens, i)))
                    .toList();
            double[] firsts = new double[REPETITIONS];
            for (int i = 0; i < REPETITIONS; i++) {
                firsts[i] = policy.arrivals(changed(longPrompt, REPETITIONS + i), 1, i)[0];
            }
            double worst = 0;
            double median = 0;
            for (Future<double[]> stream : streams) {
                double[] gaps = gaps(stream.get());
                Arrays.sort(gaps);
                median = Math.max(median, gaps[gaps.length / 2]);
                worst = Math.max(worst, gaps[gaps.length - 1]);
            }
            Arrays.sort(firsts);
            System.out.printf(
                    Locale.ROOT,
                    "%s, 16 streams running: a prompt of 512 tokens has its first token after %.1f ms at worst (alone %.1f ms),"
                            + " median gap of the streams %.2f ms, longest %.2f ms (%.1f times)%n%n",
                    model,
                    1e3 * firsts[REPETITIONS - 1],
                    1e3 * alone,
                    1e3 * median,
                    1e3 * worst,
                    worst / median);
        } finally {
            callers.shutdown();
        }
    }

    /** A prompt that begins differently, so that nothing of it is known. */
    private static int[] changed(int[] prompt, int turn) {
        int[] changed = prompt.clone();
        changed[0] = 2 + turn;
        return changed;
    }

    private static double[] gaps(double[] arrivals) {
        return IntStream.range(1, arrivals.length)
                .mapToDouble(i -> arrivals[i] - arrivals[i - 1])
                .toArray();
    }
}
