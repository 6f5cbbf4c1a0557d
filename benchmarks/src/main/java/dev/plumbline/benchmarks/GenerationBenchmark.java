package dev.plumbline.benchmarks;

import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationEngine;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.Precision;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.StepCosts;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * New tokens per second of the engine inside this process, and where a decode step's time goes. Every prompt has 32 tokens
 * and every answer 128, at temperature 1 without an end. Arguments: the models (S, M), all if there are none. Run it with
 * the threads' waiting that {@code benchmarks/run} sets and nothing else on the machine; the best of the repetitions is printed. The products' rate
 * is that of the step's matrix products relative to one large product on the same threads. "Deterministic ms" is the step of an engine
 * that gives the same bits in any company, "bfloat16 ms" that of one whose weights are in bfloat16.
 */
public final class GenerationBenchmark {
    private static final int PROMPT = 32;
    private static final int NEW_TOKENS = 128;
    private static final int[] BATCHES = {1, 8, 32};
    private static final int[] THREADS = {1, 2};
    private static final int REPETITIONS = 4;
    private static final SamplingParameters SAMPLING = SamplingParameters.plain(1);

    private GenerationBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println(
                "| model | threads | batch | tokens/s | step ms | deterministic ms | bfloat16 weights ms | bfloat16 cache ms"
                        + " | products | attention | sampling | dispatch | transfer | products' rate |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        try (Scratch scratch = Scratch.create()) {
            for (RandomLlama model : RandomLlama.named(arguments)) {
                measure(model, model.write(scratch.directory()));
            }
        }
    }

    private static void measure(RandomLlama model, Path checkpoint) {
        for (int threads : THREADS) {
            ProductRate rate = ProductRate.measure(threads);
            for (int batch : BATCHES) {
                measure(model, checkpoint, threads, batch, rate);
            }
        }
    }

    private static void measure(RandomLlama model, Path checkpoint, int threads, int batch, ProductRate rate) {
        EngineSettings settings = new EngineSettings(batch, PROMPT + NEW_TOKENS, ComputeSettings.cpu(threads));
        try (Tokenizer tokenizer = Tokenizer.load(checkpoint);
                GenerationEngine engine = new GenerationEngine(checkpoint, tokenizer, settings)) {
            double seconds = Double.POSITIVE_INFINITY;
            for (int i = 0; i < REPETITIONS; i++) {
                seconds = Math.min(seconds, run(engine, model, batch));
            }
            StepCosts costs = costs(engine, batch);
            String deterministic = threads > 1
                    ? ""
                    : milliseconds(costs(checkpoint, settings, Precision.FLOAT32, Precision.FLOAT32, true));
            String weights = milliseconds(costs(checkpoint, settings, Precision.BFLOAT16, Precision.FLOAT32, false));
            String cache = milliseconds(costs(checkpoint, settings, Precision.FLOAT32, Precision.BFLOAT16, false));
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %d | %d | %.0f | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |%n",
                    model,
                    threads,
                    batch,
                    batch * NEW_TOKENS / seconds,
                    milliseconds(costs),
                    deterministic,
                    weights,
                    cache,
                    share(costs.products(), costs),
                    share(costs.attention(), costs),
                    share(costs.sampling(), costs),
                    share(costs.dispatch(), costs),
                    share(costs.transfer(), costs),
                    rate.share(batch * (model.layerFlops() + model.headFlops()), costs.products() / 1e9));
        }
    }

    private static StepCosts costs(GenerationEngine engine, int batch) {
        return engine.measureStep(batch, PROMPT + NEW_TOKENS / 2, SAMPLING, 10 * REPETITIONS);
    }

    /** Those of an engine that differs in these two settings. */
    private static StepCosts costs(
            Path checkpoint,
            EngineSettings settings,
            Precision precision,
            Precision cachePrecision,
            boolean deterministic) {
        EngineSettings other = new EngineSettings(
                settings.slots(),
                settings.maxLength(),
                settings.cacheBytes(),
                settings.prefixBytes(),
                settings.prefillTokens(),
                precision,
                cachePrecision,
                deterministic,
                settings.compute());
        try (Tokenizer tokenizer = Tokenizer.load(checkpoint);
                GenerationEngine engine = new GenerationEngine(checkpoint, tokenizer, other)) {
            return costs(engine, settings.slots());
        }
    }

    private static String milliseconds(StepCosts costs) {
        return String.format(Locale.ROOT, "%.3f", costs.step() / 1e6);
    }

    private static String share(double part, StepCosts costs) {
        return Math.round(100 * part / costs.step()) + " %";
    }

    /** Seconds for one answer to each of as many different prompts as there are slots. */
    private static double run(GenerationEngine engine, RandomLlama model, int batch) {
        StopConditions stop = new StopConditions(NEW_TOKENS, 0, List.of(), new int[0], true);
        Counter counter = new Counter();
        long start = System.nanoTime();
        for (int request = 0; request < batch; request++) {
            int[] prompt = new int[PROMPT];
            for (int i = 0; i < PROMPT; i++) {
                prompt[i] = (31 * request + 7 * i) % model.vocabulary();
            }
            engine.submit(GenerationRequest.of(prompt, 1, SAMPLING, stop, request), counter);
        }
        while (engine.poll() > 0) {}
        double seconds = (System.nanoTime() - start) / 1e9;
        if (counter.tokens != (long) batch * NEW_TOKENS) {
            throw new IllegalStateException("expected " + batch * NEW_TOKENS + " tokens, got " + counter.tokens);
        }
        return seconds;
    }

    private static final class Counter implements GenerationListener {
        private long tokens;

        @Override
        public void onToken(int sample, GeneratedToken token, String textDelta) {
            tokens++;
        }

        @Override
        public void onSample(GeneratedSample sample) {}

        @Override
        public void onFailure(Throwable failure) {
            throw new IllegalStateException("generation failed", failure);
        }
    }
}
