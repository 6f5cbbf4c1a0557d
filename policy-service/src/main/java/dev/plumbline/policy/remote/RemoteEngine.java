package dev.plumbline.policy.remote;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.policy.model.Engine;
import dev.plumbline.serving.error.CallerFault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Generates with one version on the server. It only asks and tells: what the server sends comes on its client's threads and
 * is told of by {@link #poll}, which never waits.
 */
final class RemoteEngine implements Engine, RemoteGeneration.Surroundings {
    private final ModelVersion version;
    private final RemoteModel model;
    private final RemoteServer server;
    private final WeightUpdate weights;
    private final RemoteEngines.Clockwork clockwork;
    private final int contextLength;
    private final int slots;
    private final Queue<Runnable> news = new ConcurrentLinkedQueue<>();
    private final List<RemoteGeneration> running = new ArrayList<>();

    RemoteEngine(
            ModelVersion version,
            RemoteModel model,
            RemoteServer server,
            WeightUpdate weights,
            int contextLength,
            RemoteEngines.Clockwork clockwork) {
        this.version = version;
        this.model = model;
        this.server = server;
        this.weights = weights;
        this.contextLength = contextLength;
        this.clockwork = clockwork;
        this.slots = server.capacity().slots();
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public Set<Integer> endIds() {
        return model.endIds();
    }

    @Override
    public Submission submit(GenerationRequest request, GenerationListener listener) {
        RemoteGeneration generation = new RemoteGeneration(server, model, request, listener, this);
        if (!model.logProbs().tells(request)) {
            soon(() -> listener.onFailure(untold()));
        } else if (weights.enter(version)) {
            running.add(generation);
            generation.begin();
        } else {
            soon(() -> listener.onFailure(server.faults().gone(version.toString())));
        }
        return generation;
    }

    private CallerFault untold() {
        return CallerFault.invalid(
                "UNSUPPORTED_BY_ENGINE",
                "sampling",
                server.name() + " tells the plain model's log-probabilities only, not those of the distribution that is"
                        + " sampled from: ask for temperature 0, or 1 without truncation, penalties, bias, allowed"
                        + " tokens and min_tokens, or start it with --logprobs-mode processed_logprobs");
    }

    @Override
    public int poll() {
        int done = 0;
        for (Runnable next = news.poll(); next != null; next = news.poll()) {
            next.run();
            done++;
        }
        running.forEach(RemoteGeneration::look);
        for (RemoteGeneration generation : List.copyOf(running)) {
            if (generation.ended()) {
                running.remove(generation);
                weights.leave();
            }
        }
        return done;
    }

    /** The server takes its steps as it likes, and what it sends is told. */
    @Override
    public int endCancelled() {
        return poll();
    }

    /** What runs on the server ends on its version. */
    @Override
    public boolean handOver(Collection<Submission> submissions, Engine heir) {
        return false;
    }

    @Override
    public int freeSlots() {
        return weights.changing() ? 0 : Math.max(0, slots - running());
    }

    @Override
    public int slotsFor(int promptTokens, int maxTokens) {
        return slots;
    }

    @Override
    public int running() {
        return running.stream().mapToInt(RemoteGeneration::running).sum();
    }

    /** The server's memory is its own. */
    @Override
    public long reservedBytes() {
        return 0;
    }

    @Override
    public long cacheBytes() {
        return 0;
    }

    @Override
    public Submission submitGiven(TokenSequence sequence, float temperature, GenerationListener listener) {
        throw CallerFault.failedPrecondition(
                "UNSUPPORTED_BY_ENGINE",
                "log-probabilities of given responses have entropies at a temperature, which " + server.name()
                        + " does not tell: ask reward-service's reference, or a policy-service with an engine of its own");
    }

    @Override
    public void soon(Runnable happened) {
        news.add(happened);
        clockwork.wake().run();
    }

    @Override
    public long nanoTime() {
        return clockwork.nanoTime().getAsLong();
    }

    @Override
    public void close() {
        running.forEach(generation -> generation.cancel(FinishReason.ABORTED));
        poll();
    }
}
