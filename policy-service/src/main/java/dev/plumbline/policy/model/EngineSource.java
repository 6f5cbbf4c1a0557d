package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.text.Tokenizer;
import java.nio.file.Path;

/** Where the engines of versions come from: this process, or another server. */
public interface EngineSource {
    /** Sequences that an engine generates at the same time. */
    int slots();

    /** The most memory for keys and values that this process may take, for all engines; 0 if it takes none. */
    long budgetBytes();

    /** What it has taken, for all that are open, and for the next one. From any thread. */
    long allocatedBytes();

    /**
     * Tokens of prompts that were not computed anew, since they lay ready from prompts or answers that began alike; of all engines
     * since the start. 0 if that is not known. From any thread.
     */
    long reusedTokens();

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
