package dev.plumbline.benchmarks;

import dev.plumbline.lm.AdamW;
import dev.plumbline.lm.Learned;
import dev.plumbline.lm.Learning;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.OutputDerivatives;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.architecture.Lora;
import dev.plumbline.lm.decoder.GradientForm;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Tokens per second of one optimizer step: forward, language-modelling loss, backward and AdamW, on 8 sequences of 256
 * tokens. Arguments: the models (S, M), all if there are none, and how they learn: {@code recomputing}, {@code bfloat16}, {@code
 * dropout} of 0.2 and {@code adapters} of rank 16. The memory is the most that the process ever had, so that of the first row counts. Linux only.
 */
public final class TrainingBenchmark {
    private static final String RECOMPUTING = "recomputing";
    private static final String BFLOAT16 = "bfloat16";
    private static final String DROPOUT = "dropout";
    private static final String ADAPTERS = "adapters";
    private static final int SEQUENCES = 8;
    private static final int LENGTH = 256;
    private static final int TOKENS = SEQUENCES * LENGTH;
    private static final int[] THREADS = {1, 2};
    private static final int REPETITIONS = 5;
    private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-8, 0, false, 1);
    private static final double LEARNING_RATE = 1e-5;
    /** Backward takes two products where forward takes one. */
    private static final int PASSES = 3;

    private TrainingBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println(
                "| model | threads | tokens/s | best s | median s | cpu s | forward s | AdamW s | of the product rate | MiB at most |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|");
        List<String> words = List.of(arguments);
        double dropout = words.contains(DROPOUT) ? 0.2 : 0;
        GradientForm form = new GradientForm(words.contains(RECOMPUTING), words.contains(BFLOAT16), dropout);
        Learning learning = new Learning(
                words.contains(ADAPTERS)
                        ? new Learned.Adapters(new Lora(16, 32, List.of()), 1)
                        : new Learned.Everything(),
                form);
        String[] models = words.stream()
                .filter(word ->
                        !List.of(RECOMPUTING, BFLOAT16, DROPOUT, ADAPTERS).contains(word))
                .toArray(String[]::new);
        try (Scratch scratch = Scratch.create()) {
            for (RandomLlama model : RandomLlama.named(models)) {
                Path checkpoint = model.write(scratch.directory());
                for (int threads : THREADS) {
                    measure(model, checkpoint, learning, threads);
                }
            }
        }
    }

    private static void measure(RandomLlama model, Path checkpoint, Learning learning, int threads) throws IOException {
        ProductRate rate = ProductRate.measure(threads);
        MicroBatch batch = batch(model, learning.gradients());
        try (TrainableModel learner =
                TrainableModel.load(checkpoint, new Start.AsStored(), learning, ComputeSettings.cpu(threads))) {
            double[] optimizing = {Double.POSITIVE_INFINITY};
            Timing step = Timing.of(REPETITIONS, () -> {
                learner.accumulate(batch, TrainingBenchmark::derivatives);
                long start = System.nanoTime();
                learner.step(OPTIMIZER, LEARNING_RATE);
                optimizing[0] = Math.min(optimizing[0], (System.nanoTime() - start) / 1e9);
            });
            Timing forward = Timing.of(REPETITIONS, () -> learner.evaluate(batch));
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %d | %.0f | %.3f | %.3f | %.3f | %.3f | %.4f | %s | %d |%n",
                    model,
                    threads,
                    TOKENS / step.best(),
                    step.best(),
                    step.median(),
                    step.processor(),
                    forward.best(),
                    optimizing[0],
                    rate.share(PASSES * TOKENS * (model.layerFlops() + model.headFlops()), step.best()),
                    Resident.of(ProcessHandle.current().pid()).orElseThrow().most() >> 10);
        }
    }

    private static MicroBatch batch(RandomLlama model, GradientForm form) {
        Random random = new Random(1);
        List<TokenSequence> sequences = Stream.generate(() -> new TokenSequence(
                        random.ints(LENGTH, 2, model.vocabulary()).toArray(), 1))
                .limit(SEQUENCES)
                .toList();
        List<Long> seeds =
                form.dropout() > 0 ? LongStream.range(0, SEQUENCES).boxed().toList() : List.of();
        return new MicroBatch(sequences, 1, seeds);
    }

    /** Of the mean negative log-likelihood per token. */
    private static OutputDerivatives derivatives(Outputs outputs) {
        float each = -1f / (SEQUENCES * (LENGTH - 1));
        float[][] derivatives = new float[SEQUENCES][LENGTH - 1];
        Arrays.stream(derivatives).forEach(row -> Arrays.fill(row, each));
        return OutputDerivatives.ofLogProbs(derivatives);
    }
}
