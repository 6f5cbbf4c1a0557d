package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.text.Tokenizer;
import java.nio.file.Path;

/** Where the engines of versions come from: this process, or another server. */
public interface EngineSource {
    /** Sequences that an engine generates at the same time. */
    int slots();

    /**
     * An engine for a version, after it has said a word, so that the first caller does not pay for warming up. Whatever is
     * wrong with the checkpoint is thrown, and nothing stays behind.
     *
     * @param directory the checkpoint, in Hugging Face layout
     * @param tokenizer the checkpoint's; stays the caller's to close, after the engine
     * @throws dev.plumbline.serving.error.NotNow if it can be had later
     */
    Engine open(ModelVersion version, Path directory, Tokenizer tokenizer);
}
