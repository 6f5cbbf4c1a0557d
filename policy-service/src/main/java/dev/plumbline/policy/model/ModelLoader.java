package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationEngine;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.policy.request.ModelText;
import java.nio.file.Path;

/** Brings a checkpoint directory into memory and lets it say a word, so that the first caller does not pay for warming up. */
public final class ModelLoader {
    private final EngineSettings settings;

    public ModelLoader(EngineSettings settings) {
        this.settings = settings;
    }

    /** Loads and warms up; whatever is wrong with the directory is thrown, and nothing stays in memory. */
    LoadedModel load(ModelVersion version, Path directory) {
        Tokenizer tokenizer = Tokenizer.load(directory);
        try {
            TextEncoder encoder = new TextEncoder(tokenizer);
            ModelConfig config = Checkpoint.open(directory).config();
            GenerationEngine engine = new GenerationEngine(directory, tokenizer, settings);
            try {
                warmUp(engine);
            } catch (RuntimeException | Error e) {
                engine.close();
                throw e;
            }
            return new LoadedModel(
                    version,
                    facts(config),
                    new ModelText(tokenizer, encoder, config.vocabularySize(), engine.contextLength(), engine.endIds()),
                    engine,
                    () -> FrozenModel.load(directory, settings.compute()));
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    private LoadedModel.Facts facts(ModelConfig config) {
        long parameters = new DecoderLayout(config)
                .tensors().stream().mapToLong(TensorSpec::size).sum();
        return new LoadedModel.Facts(config.family().modelType(), parameters, settings.slots());
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
