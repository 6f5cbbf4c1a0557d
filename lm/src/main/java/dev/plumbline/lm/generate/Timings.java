package dev.plumbline.lm.generate;

import dev.plumbline.lm.architecture.ModelConfig;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * What engines have found out in this process by timing, which holds for every model of the same shape: a new version
 * begins with what the one before it knew. Safe for several threads, since one engine may be loaded while another works.
 */
final class Timings {
    private static final Map<Key, Timings> KNOWN = new ConcurrentHashMap<>();

    private final Map<ProductForms.Question, ProductForms.Form> forms = new ConcurrentHashMap<>();
    private final AtomicReference<Precision> cachePrecision = new AtomicReference<>();
    private final ThreadChoice threads;
    private final PromptAllowance allowance;

    private record Key(ModelConfig model, EngineSettings settings) {}

    private Timings(EngineSettings settings) {
        this.threads = new ThreadChoice(settings.compute().threads());
        this.allowance = new PromptAllowance(settings.prefillTokens());
    }

    /** Those of models of this shape with these settings. */
    static Timings of(ModelConfig model, EngineSettings settings) {
        return KNOWN.computeIfAbsent(new Key(model, settings), key -> new Timings(settings));
    }

    /** The faster forms of weights. */
    Map<ProductForms.Question, ProductForms.Form> forms() {
        return forms;
    }

    /** In which keys and values are the faster to attend to. */
    Precision cachePrecision(Supplier<Precision> timing) {
        return cachePrecision.updateAndGet(known -> known == null ? timing.get() : known);
    }

    ThreadChoice threads() {
        return threads;
    }

    PromptAllowance allowance() {
        return allowance;
    }
}
