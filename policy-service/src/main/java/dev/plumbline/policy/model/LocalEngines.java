package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.CacheMemory;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationEngine;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.PassingThread;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/** Engines in this process, each with a version's weights in its memory. */
public final class LocalEngines implements EngineSource {
    private final EngineSettings settings;
    private final long budgetBytes;
    private final CacheMemory memory = new CacheMemory();
    private final LongAdder reusedTokens = new LongAdder();

    /**
     * Engines that have their parts of a budget.
     *
     * @param settings of each, whatever its memory
     */
    public LocalEngines(EngineSettings settings, KeyValueBudget budget) {
        this.settings = settings.withMemory(budget.cacheOfOne(), budget.prefixesOfOne());
        this.budgetBytes = budget.total();
    }

    @Override
    public int slots() {
        return settings.slots();
    }

    @Override
    public long budgetBytes() {
        return budgetBytes;
    }

    @Override
    public long allocatedBytes() {
        return memory.bytes();
    }

    @Override
    public long reusedTokens() {
        return reusedTokens.sum();
    }

    @Override
    public Engine open(ModelVersion version, Path directory, Tokenizer tokenizer) {
        return PassingThread.compute(() -> open(directory, tokenizer));
    }

    private Engine open(Path directory, Tokenizer tokenizer) {
        GenerationEngine engine = new GenerationEngine(directory, tokenizer, settings, memory);
        try {
            warmUp(engine);
        } catch (RuntimeException | Error e) {
            engine.close();
            throw e;
        }
        return new LocalEngine(engine, reusedTokens);
    }

    /** One prefill and one decode step, whose logits also show whether the weights are numbers at all. */
    private static void warmUp(GenerationEngine engine) {
        FirstWord word = new FirstWord();
        engine.submit(
                GenerationRequest.of(new int[] {0}, 1, SamplingParameters.GREEDY, StopConditions.maxTokens(2), 0),
                word);
        while (!word.spoken) {
            engine.poll();
        }
    }

    private static final class FirstWord implements GenerationListener {
        private boolean spoken;

        @Override
        public void onToken(int sample, GeneratedToken token, String textDelta) {
            if (!Float.isFinite(token.rawLogProb())) {
                throw new IllegalArgumentException(
                        "the model computes log-probabilities that are no numbers: its weights are damaged");
            }
        }

        @Override
        public void onSample(GeneratedSample sample) {
            spoken = true;
        }

        @Override
        public void onFailure(Throwable failure) {
            throw new IllegalArgumentException("the model cannot generate: " + failure.getMessage(), failure);
        }
    }
}
