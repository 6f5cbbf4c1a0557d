package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.generate.GenerationEngine;
import dev.plumbline.policy.request.ModelText;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A version in memory. Its text side and its facts may be used by every thread that holds a lease, its engine and {@link
 * #evaluate} by the engine's thread alone.
 */
public final class LoadedModel {
    private final ModelVersion version;
    private final Facts facts;
    private final ModelText text;
    private final GenerationEngine engine;
    private final Supplier<FrozenModel> openFrozen;
    private @Nullable FrozenModel frozen;

    /**
     * What is told of a model.
     *
     * @param family as Hugging Face's {@code model_type} calls it
     * @param parameters number of weights
     * @param slots sequences it generates at the same time
     */
    public record Facts(String family, long parameters, int slots) {}

    LoadedModel(
            ModelVersion version,
            Facts facts,
            ModelText text,
            GenerationEngine engine,
            Supplier<FrozenModel> openFrozen) {
        this.version = version;
        this.facts = facts;
        this.text = text;
        this.engine = engine;
        this.openFrozen = openFrozen;
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

    public GenerationEngine engine() {
        return engine;
    }

    /**
     * Computes given sequences. The engine's weights are fused for decoding, so the first call loads the checkpoint once
     * more, in its plain form.
     */
    public Outputs evaluate(MicroBatch batch) {
        FrozenModel model = frozen;
        if (model == null) {
            model = openFrozen.get();
            frozen = model;
        }
        return model.evaluate(batch);
    }

    /** Frees it. On the engine's thread, when no lease is left. */
    public void close() {
        engine.close();
        if (frozen != null) {
            frozen.close();
        }
        text.tokenizer().close();
    }
}
