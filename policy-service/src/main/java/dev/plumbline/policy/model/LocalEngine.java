package dev.plumbline.policy.model;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.EngineStatistics;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.Generation;
import dev.plumbline.lm.generate.GenerationEngine;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** The engine in this process. */
final class LocalEngine implements Engine {
    private final GenerationEngine engine;
    /** Of all engines. */
    private final LongAdder reusedTokens;
    /** What of it is this one's. */
    private long reused;

    LocalEngine(GenerationEngine engine, LongAdder reusedTokens) {
        this.engine = engine;
        this.reusedTokens = reusedTokens;
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

    @Override
    public Submission submitGiven(TokenSequence sequence, float temperature, GenerationListener listener) {
        int[] ids = sequence.ids();
        int[] prompt = Arrays.copyOf(ids, sequence.promptLength());
        int[] response = Arrays.copyOfRange(ids, sequence.promptLength(), ids.length);
        return submit(GenerationRequest.given(prompt, response, temperature), listener);
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
        int done = engine.poll();
        long before = reused;
        reused = statistics().reusedTokens();
        reusedTokens.add(reused - before);
        return done;
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

    @Override
    public void close() {
        engine.close();
    }
}
