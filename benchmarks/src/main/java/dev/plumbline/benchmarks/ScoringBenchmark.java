package dev.plumbline.benchmarks;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenBudget;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Tokens per second of the two passes with which reward-service judges: the scores of a reward model, and the
 * log-probabilities of a reference. 64 sequences, with a token budget of 8192 as there. Arguments: the models (S, M), all if
 * there are none.
 */
public final class ScoringBenchmark {
    private static final TokenBudget BUDGET = new TokenBudget(8192);
    private static final int[] THREADS = {1, 2};
    private static final int REPETITIONS = 5;

    private ScoringBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println(
                "| model | threads | sequences | pass | tokens/s | best s | median s | cpu s | of the product rate |");
        System.out.println("|---|---|---|---|---|---|---|---|---|");
        try (Scratch scratch = Scratch.create()) {
            for (RandomLlama model : RandomLlama.named(arguments)) {
                Path reference = model.write(scratch.directory());
                measure(model, reference, model.writeRewardModel(scratch.directory(), reference));
            }
        }
    }

    private static void measure(RandomLlama model, Path reference, Path rewardModel) {
        for (int threads : THREADS) {
            ProductRate rate = ProductRate.measure(threads);
            for (ScoringWorkload workload : ScoringWorkload.values()) {
                new Pass(model, threads, rate, workload, "scores", 0).measure(rewardModel);
                new Pass(model, threads, rate, workload, "log-probs", model.headFlops()).measure(reference);
            }
        }
    }

    /** @param headFlops multiplications and additions of the head for each response token */
    private record Pass(
            RandomLlama model, int threads, ProductRate rate, ScoringWorkload workload, String name, double headFlops) {
        void measure(Path checkpoint) {
            List<TokenSequence> sequences = workload.sequences(model, 1);
            MicroBatch batch = new MicroBatch(sequences, 1);
            long tokens = sequences.stream()
                    .mapToLong(sequence -> sequence.ids().length)
                    .sum();
            long responses =
                    sequences.stream().mapToLong(TokenSequence::responseLength).sum();
            long repeated = workload.repeatedTokens();
            try (FrozenModel judge = FrozenModel.load(checkpoint, ComputeSettings.cpu(threads))) {
                Timing timing = Timing.of(REPETITIONS, () -> judge.evaluate(batch, BUDGET));
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %d | %s | %s | %.0f | %.3f | %.3f | %.3f | %s |%n",
                        model,
                        threads,
                        workload,
                        name,
                        tokens / timing.best(),
                        timing.best(),
                        timing.median(),
                        timing.processor(),
                        rate.share((tokens - repeated) * model.layerFlops() + responses * headFlops, timing.best()));
            }
        }
    }
}
