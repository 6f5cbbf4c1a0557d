package dev.plumbline.benchmarks;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Tokens per second of the two passes with which reward-service judges: the scores of a reward model, and the
 * log-probabilities of a reference. 64 sequences of 32 to 256 tokens, the first 16 of them prompt, packed as there: by
 * length, at most 8192 tokens at once with their padding. Arguments: the models (S, M), all if there are none.
 */
public final class ScoringBenchmark {
    private static final int SEQUENCES = 64;
    private static final int SHORTEST = 32;
    private static final int LONGEST = 256;
    private static final int PROMPT = 16;
    private static final int TOKEN_BUDGET = 8192;
    private static final int[] THREADS = {1, 2};
    private static final int REPETITIONS = 5;

    private ScoringBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println("| model | threads | pass | tokens/s | best s | median s | cpu s | of the product rate |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        try (Scratch scratch = Scratch.create()) {
            for (RandomLlama model : RandomLlama.named(arguments)) {
                Path reference = model.write(scratch.directory());
                measure(model, reference, model.writeRewardModel(scratch.directory(), reference));
            }
        }
    }

    private static void measure(RandomLlama model, Path reference, Path rewardModel) {
        List<TokenSequence> sequences = sequences(model);
        long tokens =
                sequences.stream().mapToLong(sequence -> sequence.ids().length).sum();
        long responses =
                sequences.stream().mapToLong(TokenSequence::responseLength).sum();
        for (int threads : THREADS) {
            Pass pass = new Pass(model, threads, ProductRate.measure(threads), tokens);
            pass.measure("scores", rewardModel, sequences, tokens * model.layerFlops());
            pass.measure(
                    "log-probs", reference, sequences, tokens * model.layerFlops() + responses * model.headFlops());
        }
    }

    private record Pass(RandomLlama model, int threads, ProductRate rate, long tokens) {
        void measure(String name, Path checkpoint, List<TokenSequence> sequences, double operations) {
            try (FrozenModel judge = FrozenModel.load(checkpoint, ComputeSettings.cpu(threads))) {
                Timing timing = Timing.of(
                        REPETITIONS,
                        () -> packed(sequences).forEach(batch -> judge.evaluate(new MicroBatch(batch, 1))));
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %d | %s | %.0f | %.3f | %.3f | %.3f | %s |%n",
                        model,
                        threads,
                        name,
                        tokens / timing.best(),
                        timing.best(),
                        timing.median(),
                        timing.processor(),
                        rate.share(operations, timing.best()));
            }
        }
    }

    /** Lengths spread evenly over the range, in an order without pattern. */
    private static List<TokenSequence> sequences(RandomLlama model) {
        Random random = new Random(1);
        List<TokenSequence> sequences = new ArrayList<>();
        for (int i = 0; i < SEQUENCES; i++) {
            int rank = 37 * i % SEQUENCES;
            int length = SHORTEST + (LONGEST - SHORTEST) * rank / (SEQUENCES - 1);
            sequences.add(
                    new TokenSequence(random.ints(length, 2, model.vocabulary()).toArray(), PROMPT));
        }
        return sequences;
    }

    private static List<List<TokenSequence>> packed(List<TokenSequence> sequences) {
        List<TokenSequence> byLength = sequences.stream()
                .sorted(Comparator.comparingInt(sequence -> sequence.ids().length))
                .toList();
        List<List<TokenSequence>> batches = new ArrayList<>();
        List<TokenSequence> batch = new ArrayList<>();
        for (TokenSequence sequence : byLength) {
            if (!batch.isEmpty() && (batch.size() + 1) * sequence.ids().length > TOKEN_BUDGET) {
                batches.add(List.copyOf(batch));
                batch.clear();
            }
            batch.add(sequence);
        }
        batches.add(List.copyOf(batch));
        return batches;
    }
}
