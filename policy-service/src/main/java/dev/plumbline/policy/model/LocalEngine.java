package dev.plumbline.policy.model;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.generate.EngineStatistics;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.Generation;
import dev.plumbline.lm.generate.GenerationEngine;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The engine in this process. */
final class LocalEngine implements Engine {
    private final GenerationEngine engine;
    private final Supplier<FrozenModel> openFrozen;
    private @Nullable FrozenModel frozen;

    /** @param openFrozen loads the checkpoint once more, in its plain form, since the engine's weights are fused for decoding */
    LocalEngine(GenerationEngine engine, Supplier<FrozenModel> openFrozen) {
        this.engine = engine;
        this.openFrozen = openFrozen;
    }

    @Override
    public int contextLength() {
        return engine.contextLength();
    }

    @Override
    public Set<Integer> endIds() {
        return engine.endIds();
    }

    @Override
    public Submission submit(GenerationRequest request, GenerationListener listener) {
        return new Local(engine.submit(request, listener));
    }

    private record Local(Generation generation) implements Submission {
        @Override
        public void cancel(FinishReason reason) {
            generation.cancel(reason);
        }
    }

    @Override
    public int endCancelled() {
        return engine.endCancelled();
    }

    @Override
    public boolean handOver(Collection<Submission> submissions, Engine heir) {
        List<Generation> generations = submissions.stream()
                .map(submission -> ((Local) submission).generation())
                .toList();
        return heir instanceof LocalEngine local && engine.handOver(generations, local.engine);
    }

    @Override
    public int poll() {
        return engine.poll();
    }

    @Override
    public int freeSlots() {
        return engine.freeSlots();
    }

    @Override
    public int slotsFor(int promptTokens, int maxTokens) {
        return engine.slotsFor(promptTokens, maxTokens);
    }

    @Override
    public int running() {
        return engine.running();
    }

    @Override
    public long reservedBytes() {
        return engine.reservedBytes();
    }

    @Override
    public long cacheBytes() {
        return statistics().cacheBytes();
    }

    EngineStatistics statistics() {
        return engine.statistics();
    }

    /** The first call loads the checkpoint once more. */
    @Override
    public Outputs evaluate(MicroBatch batch) {
        FrozenModel model = frozen;
        if (model == null) {
            model = openFrozen.get();
            frozen = model;
        }
        return model.evaluate(batch);
    }

    @Override
    public void close() {
        engine.close();
        if (frozen != null) {
            frozen.close();
        }
    }
}
