package dev.plumbline.benchmarks;

import dev.plumbline.lm.TokenSequence;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much slower policy-service decodes while reward-service scores on the same host, both called over gRPC, with two
 * threads each. Two callers score without a pause, so that there is always a request waiting; no sequence comes twice, since
 * reward-service remembers its verdicts. Arguments: the models (S, M, G), all if there are none.
 */
public final class TogetherBenchmark {
    private static final int THREADS = 2;
    private static final int ANSWERS = 16;
    private static final int TOKENS = 256;
    private static final int TURNS = 5;
    private static final int SCORERS = 2;
    private static final String JUDGE = "reward";

    private final RandomLlama model;
    private final CheckpointHouse house;
    private final Workload workload;
    private final AtomicLong seed = new AtomicLong();

    private TogetherBenchmark(RandomLlama model, CheckpointHouse house) {
        this.model = model;
        this.house = house;
        this.workload = Workload.even(model, ANSWERS, TOKENS);
    }

    /**
     * Rates of one turn.
     *
     * @param decoded tokens/s
     * @param scored tokens/s meanwhile
     */
    private record Rates(double decoded, double scored) {}

    public static void main(String[] arguments) throws Exception {
        System.out.println("| model | decoded tokens/s alone | beside scoring | scored tokens/s meanwhile"
                + " | slowdown, median (range) |");
        System.out.println("|---|---|---|---|---|");
        for (RandomLlama model : RandomLlama.named(arguments)) {
            try (Scratch scratch = Scratch.create()) {
                Path policy = model.write(scratch.directory());
                Path judge = model.writeRewardModel(scratch.directory(), policy);
                Map<String, String> settings = Map.of("plumbline.policy.slots", String.valueOf(ANSWERS));
                try (CheckpointHouse house = CheckpointHouse.start(policy, THREADS, settings, scratch.directory())) {
                    house.publishJudge(JUDGE, judge);
                    new TogetherBenchmark(model, house).measure();
                }
            }
        }
    }

    private void measure() throws Exception {
        score();
        decode();
        double[] alone = new double[TURNS];
        double[] beside = new double[TURNS];
        double[] scored = new double[TURNS];
        double[] slowdowns = new double[TURNS];
        for (int turn = 0; turn < TURNS; turn++) {
            alone[turn] = decode();
            Rates rates = together();
            beside[turn] = rates.decoded();
            scored[turn] = rates.scored();
            slowdowns[turn] = alone[turn] / rates.decoded();
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.0f | %.0f | **%.2f** (%.2f-%.2f) |%n",
                model,
                median(alone),
                median(beside),
                median(scored),
                median(slowdowns),
                Arrays.stream(slowdowns).min().orElseThrow(),
                Arrays.stream(slowdowns).max().orElseThrow());
    }

    private double decode() {
        return workload.tokens() / house.seconds(workload, ANSWERS);
    }

    /** Tokens of a request's sequences. */
    private long score() {
        List<TokenSequence> sequences = ScoringWorkload.RAGGED.sequences(model, seed.incrementAndGet());
        house.seconds(sequences, JUDGE + "@1");
        return sequences.stream().mapToLong(sequence -> sequence.ids().length).sum();
    }

    /** Decodes once both callers score. */
    private Rates together() throws Exception {
        AtomicBoolean decoding = new AtomicBoolean(true);
        CountDownLatch calling = new CountDownLatch(SCORERS);
        AtomicLong tokens = new AtomicLong();
        ExecutorService scorers = Executors.newFixedThreadPool(SCORERS);
        try {
            long start = System.nanoTime();
            List<Future<?>> scoring = scorers(scorers, decoding, calling, tokens);
            calling.await();
            double decoded;
            try {
                decoded = decode();
            } finally {
                decoding.set(false);
            }
            for (Future<?> scorer : scoring) {
                scorer.get();
            }
            return new Rates(decoded, tokens.get() / ((System.nanoTime() - start) / 1e9));
        } finally {
            scorers.shutdown();
        }
    }

    private List<Future<?>> scorers(
            ExecutorService scorers, AtomicBoolean decoding, CountDownLatch calling, AtomicLong tokens) {
        Runnable scorer = () -> {
            calling.countDown();
            while (decoding.get()) {
                tokens.addAndGet(score());
            }
        };
        return List.of(scorers.submit(scorer), scorers.submit(scorer));
    }

    private static double median(double[] figures) {
        return Arrays.stream(figures).sorted().toArray()[figures.length / 2];
    }
}
