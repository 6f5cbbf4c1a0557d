package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.policy.request.ModelText;

/**
 * A version in memory. Its text side and its facts may be used by every thread that holds a lease, its engine by the engine's
 * thread alone.
 */
public final class LoadedModel {
    private final ModelVersion version;
    private final Facts facts;
    private final ModelText text;
    private final Engine engine;
    private volatile boolean closed;

    /**
     * What is told of a model.
     *
     * @param family as Hugging Face's {@code model_type} calls it
     * @param parameters number of weights
     * @param slots sequences it generates at the same time
     */
    public record Facts(String family, long parameters, int slots) {}

    LoadedModel(ModelVersion version, Facts facts, ModelText text, Engine engine) {
        this.version = version;
        this.facts = facts;
        this.text = text;
        this.engine = engine;
    }

    public ModelVersion version() {
        return version;
    }

    public Facts facts() {
        return facts;
    }

    public ModelText text() {
        return text;
    }

    public Engine engine() {
        return engine;
    }

    /** Frees it. On the engine's thread, when no lease is left. */
    public void close() {
        engine.close();
        text.tokenizer().close();
        closed = true;
    }

    /** Whether its memory is free. From any thread. */
    boolean isClosed() {
        return closed;
    }
}
