package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.policy.request.ModelText;
import java.nio.file.Path;

/** Brings a checkpoint directory into service: its text side here, its engine from wherever engines come from. */
public final class ModelLoader {
    private final EngineSource engines;

    public ModelLoader(EngineSource engines) {
        this.engines = engines;
    }

    /** Loads and warms up; whatever is wrong with the directory is thrown, and nothing stays in memory. */
    LoadedModel load(ModelVersion version, Path directory) {
        Tokenizer tokenizer = Tokenizer.load(directory);
        try {
            TextEncoder encoder = new TextEncoder(tokenizer);
            ModelConfig config = Checkpoint.open(directory).config();
            Engine engine = engines.open(version, directory, tokenizer);
            return new LoadedModel(
                    version,
                    facts(config),
                    new ModelText(tokenizer, encoder, config.vocabularySize(), engine.contextLength(), engine.endIds()),
                    engine);
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    private LoadedModel.Facts facts(ModelConfig config) {
        long parameters = new DecoderLayout(config)
                .tensors().stream().mapToLong(TensorSpec::size).sum();
        return new LoadedModel.Facts(config.family().modelType(), parameters, engines.slots());
    }
}
