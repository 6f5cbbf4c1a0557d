package dev.plumbline.benchmarks;

import com.google.common.util.concurrent.Uninterruptibles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * How prompts and running streams treat each other: while sixteen answers stream from policy-service, prompts of 512 tokens
 * come, spread evenly over the streams. Figures are the medians of five turns, after a warm-up of twenty seconds.
 * Arguments: the models (S, M, G), all if there are none.
 */
public final class LoadBenchmark {
    private static final int THREADS = 2;
    private static final int SLOTS = 32;
    private static final int STREAMS = 16;
    private static final int LONG_PROMPT = 512;
    private static final int ARRIVALS = 40;

    /** Tokens of a stream from one arrival to the next; before the first of them all streams have begun. */
    private static final int SPACING = 21;

    /** Long enough to outlast the arrivals. */
    private static final int STREAMED = 900;

    /** As long as a Java virtual machine compiles what it runs. */
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    private static final int TURNS = 5;

    private LoadBenchmark() {}

    /**
     * What was seen, in seconds.
     *
     * @param alone from the call to the first token, with nothing else running
     * @param first the same beside the streams, which 95 % of the prompts do not exceed
     * @param gap between two tokens of a stream, the median
     * @param rareGap which 99 % do not exceed
     * @param longestGap of all
     */
    private record Seen(double alone, double first, double gap, double rareGap, double longestGap) {
        /** Decode steps for which a prompt waits beside its own reading. */
        double waited() {
            return (first - alone) / gap;
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println("| model | first token alone ms, median | under load, p95 | median gap ms | p99 gap / median"
                + " | longest gap / median | (p95 - alone) / median gap |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (RandomLlama model : RandomLlama.named(arguments)) {
            try (Scratch scratch = Scratch.create()) {
                Path checkpoint = model.write(scratch.directory());
                try (CheckpointHouse policy = CheckpointHouse.start(checkpoint, THREADS, SLOTS, scratch.directory())) {
                    measure(model, policy);
                }
            }
        }
    }

    private static void measure(RandomLlama model, CheckpointHouse policy) throws Exception {
        long start = System.nanoTime();
        for (int turn = -1; System.nanoTime() - start < WARM_UP.toNanos(); turn--) {
            look(model, policy, turn);
        }
        List<Seen> turns = new ArrayList<>();
        for (int turn = 0; turn < TURNS; turn++) {
            turns.add(look(model, policy, turn));
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.2f | %s | %s | %s |%n",
                model,
                1e3 * median(turns, Seen::alone),
                1e3 * median(turns, Seen::first),
                1e3 * median(turns, Seen::gap),
                ratio(turns, seen -> seen.rareGap() / seen.gap()),
                ratio(turns, seen -> seen.longestGap() / seen.gap()),
                ratio(turns, Seen::waited));
    }

    private static Seen look(RandomLlama model, CheckpointHouse policy, int turn) throws Exception {
        Random random = new Random(turn);
        double[] alone = firsts(model, policy, random, () -> {});
        ExecutorService callers = Executors.newFixedThreadPool(STREAMS);
        try {
            List<int[]> prompts = Workload.even(model, STREAMS, STREAMED).prompts();
            Semaphore streamed = new Semaphore(0);
            List<Future<double[]>> streams = IntStream.range(0, STREAMS)
                    .mapToObj(i -> callers.submit(
                            () -> policy.arrivals(prompts.get(i), STREAMED, i, i == 0 ? streamed::release : () -> {})))
                    .toList();
            double[] firsts = firsts(model, policy, random, () -> streamed.acquireUninterruptibly(SPACING));
            if (streams.stream().anyMatch(Future::isDone)) {
                throw new IllegalStateException("a stream ended before the last prompt came; let them be longer");
            }
            DoubleStream all = DoubleStream.empty();
            for (Future<double[]> stream : streams) {
                all = DoubleStream.concat(all, gaps(stream.get()));
            }
            double[] gaps = all.sorted().toArray();
            return new Seen(
                    quantile(alone, 0.5),
                    quantile(firsts, 0.95),
                    quantile(gaps, 0.5),
                    quantile(gaps, 0.99),
                    quantile(gaps, 1));
        } finally {
            callers.shutdown();
        }
    }

    private static double[] firsts(RandomLlama model, CheckpointHouse policy, Random random, Runnable before) {
        double[] firsts = new double[ARRIVALS];
        for (int i = 0; i < ARRIVALS; i++) {
            int[] prompt = random.ints(LONG_PROMPT, 2, model.vocabulary()).toArray();
            before.run();
            // Not in step with the decoder.
            Uninterruptibles.sleepUninterruptibly(Duration.ofMillis(random.nextInt(20)));
            firsts[i] = policy.arrivals(prompt, 1, i, () -> {})[0];
        }
        Arrays.sort(firsts);
        return firsts;
    }

    private static DoubleStream gaps(double[] arrivals) {
        return IntStream.range(1, arrivals.length).mapToDouble(i -> arrivals[i] - arrivals[i - 1]);
    }

    /** The least number that so many are not above. */
    private static double quantile(double[] sorted, double share) {
        return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }

    private static double median(List<Seen> turns, ToDoubleFunction<Seen> figure) {
        return quantile(turns.stream().mapToDouble(figure).sorted().toArray(), 0.5);
    }

    /** The median of the turns, and their range. */
    private static String ratio(List<Seen> turns, ToDoubleFunction<Seen> figure) {
        double[] sorted = turns.stream().mapToDouble(figure).sorted().toArray();
        return String.format(
                Locale.ROOT, "**%.1f** (%.1f-%.1f)", quantile(sorted, 0.5), sorted[0], sorted[sorted.length - 1]);
    }
}
