package dev.plumbline.benchmarks;

import com.google.common.util.concurrent.Uninterruptibles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * How prompts and running streams treat each other: while sixteen answers stream from policy-service, prompts of 512 tokens
 * come, spread evenly over the streams. Arguments: the models (S, M, G), all if there are none.
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

    private LoadBenchmark() {}

    /**
     * What was seen, in seconds.
     *
     * @param alone from the call to the first token, with nothing else running
     * @param firsts the same beside the streams
     * @param gaps between two tokens of a stream
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Seen(double[] alone, double[] firsts, double[] gaps) {}

    public static void main(String[] arguments) throws Exception {
        System.out.println("| model | first token alone ms, median | under load, p95 | median gap ms | p99 gap / median"
                + " | longest gap / median | (p95 - alone) / median gap |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (RandomLlama model : RandomLlama.named(arguments)) {
            try (Scratch scratch = Scratch.create()) {
                Path checkpoint = model.write(scratch.directory());
                try (CheckpointHouse policy = CheckpointHouse.start(checkpoint, THREADS, SLOTS, scratch.directory())) {
                    look(model, policy, 0);
                    print(model, look(model, policy, 1));
                }
            }
        }
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
            DoubleStream gaps = DoubleStream.empty();
            for (Future<double[]> stream : streams) {
                gaps = DoubleStream.concat(gaps, gaps(stream.get()));
            }
            return new Seen(sorted(DoubleStream.of(alone)), sorted(DoubleStream.of(firsts)), sorted(gaps));
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
        return firsts;
    }

    private static DoubleStream gaps(double[] arrivals) {
        return IntStream.range(1, arrivals.length).mapToDouble(i -> arrivals[i] - arrivals[i - 1]);
    }

    private static double[] sorted(DoubleStream numbers) {
        return numbers.sorted().toArray();
    }

    /** The least number that so many are not above. */
    private static double quantile(double[] sorted, double share) {
        return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }

    private static void print(RandomLlama model, Seen seen) {
        double alone = quantile(seen.alone(), 0.5);
        double first = quantile(seen.firsts(), 0.95);
        double median = quantile(seen.gaps(), 0.5);
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.2f | %.1f | %.1f | %.1f |%n",
                model,
                1e3 * alone,
                1e3 * first,
                1e3 * median,
                quantile(seen.gaps(), 0.99) / median,
                Arrays.stream(seen.gaps()).max().orElseThrow() / median,
                (first - alone) / median);
    }
}
