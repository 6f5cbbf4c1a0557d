package dev.plumbline.benchmarks;

import dev.plumbline.lm.TokenSequence;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * reward-service, called over gRPC, beside transformers' forward pass in padded batches of eight on the same reward model, by
 * turns in one run. Every turn has sequences of its own, since reward-service remembers its verdicts. Arguments: a Python
 * interpreter that has torch and transformers, then the models (S, M, G), all if there are none.
 */
public final class PeerScoringBenchmark {
    private static final int THREADS = 2;
    private static final int BATCH = 8;
    private static final int REPETITIONS = 5;
    private static final String JUDGE = "reward";

    private PeerScoringBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path python = Path.of(arguments[0]);
        System.out.println("| model | sequences | plumbline s | transformers s | ratio, median (range) |");
        System.out.println("|---|---|---|---|---|");
        for (RandomLlama model : RandomLlama.named(Arrays.copyOfRange(arguments, 1, arguments.length))) {
            try (Scratch scratch = Scratch.create()) {
                measure(model, python, scratch.directory());
            }
        }
    }

    private static void measure(RandomLlama model, Path python, Path scratch) throws Exception {
        Path policy = model.write(scratch);
        Path judge = model.writeRewardModel(scratch, policy);
        try (CheckpointHouse house = CheckpointHouse.start(policy, THREADS, Map.of(), scratch);
                TransformersPeer peer = TransformersPeer.start(python, judge, THREADS, scratch)) {
            house.publishJudge(JUDGE, judge);
            for (ScoringWorkload workload : List.of(ScoringWorkload.RAGGED, ScoringWorkload.EIGHT_TO_A_PROMPT)) {
                compare(model, workload, house, peer);
            }
        }
    }

    private static void compare(
            RandomLlama model, ScoringWorkload workload, CheckpointHouse house, TransformersPeer peer) {
        double[] ours = new double[REPETITIONS];
        double[] theirs = new double[REPETITIONS];
        double[] ratios = new double[REPETITIONS];
        for (int turn = -1; turn < REPETITIONS; turn++) {
            List<TokenSequence> sequences = workload.sequences(model, 2 + turn);
            double our = house.seconds(sequences, JUDGE + "@1");
            double their = peer.seconds(sequences, BATCH);
            if (turn >= 0) { // the one before warms up
                ours[turn] = our;
                theirs[turn] = their;
                ratios[turn] = their / our;
            }
        }
        Arrays.sort(ratios);
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.3f | %.3f | **%.2f** (%.2f-%.2f) |%n",
                model,
                workload,
                Arrays.stream(ours).min().orElseThrow(),
                Arrays.stream(theirs).min().orElseThrow(),
                ratios[REPETITIONS / 2],
                ratios[0],
                ratios[REPETITIONS - 1]);
    }
}
