package dev.plumbline.policy.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.generate.EndTokens;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.policy.PolicySettings;
import dev.plumbline.policy.model.Engine;
import dev.plumbline.policy.model.EngineSource;
import dev.plumbline.policy.remote.CompletionReader.Token;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Engines on another server, one for each version that it has. */
public final class RemoteEngines implements EngineSource {
    private static final int PROBE_TOKENS = 2;

    /** A token that was the only choice has probability 1, up to rounding. */
    private static final float CERTAIN = 1e-6f;

    private final RemoteServer server;
    private final WeightUpdate weights;
    private final Clockwork clockwork;

    /**
     * What drives engines.
     *
     * @param wake the thread that polls them, from any thread
     * @param nanoTime a clock of any origin
     */
    public record Clockwork(Runnable wake, LongSupplier nanoTime) {}

    private RemoteEngines(RemoteServer server, WeightUpdate weights, Clockwork clockwork) {
        this.server = server;
        this.weights = weights;
        this.clockwork = clockwork;
    }

    /**
     * On the server that is set, if one is.
     *
     * @throws IllegalArgumentException all that is wrong with the settings
     */
    public static Optional<RemoteEngines> of(
            PolicySettings.Remote settings, RemoteTerms.Capacity capacity, Clockwork clockwork) {
        return RemoteTerms.read(settings, capacity)
                .map(RemoteServer::new)
                .map(server -> new RemoteEngines(server, weights(settings, server), clockwork));
    }

    private static WeightUpdate weights(PolicySettings.Remote settings, RemoteServer server) {
        return switch (settings.update()) {
            case LISTED -> new ListedVersions(server);
            case RELOAD -> new ReloadedWeights(server, settings.modelName());
        };
    }

    @Override
    public int slots() {
        return server.capacity().slots();
    }

    @Override
    public long budgetBytes() {
        return 0;
    }

    @Override
    public long allocatedBytes() {
        return 0;
    }

    @Override
    public long reusedTokens() {
        return 0;
    }

    @Override
    public Engine open(ModelVersion version, Path directory, Tokenizer tokenizer) {
        Set<Integer> endIds =
                IntStream.of(EndTokens.read(directory, tokenizer).ids()).boxed().collect(Collectors.toSet());
        int positions = Checkpoint.open(directory).config().maxPositions();
        weights.bring(version, directory);
        RemoteModel model =
                new RemoteModel(weights.modelName(version), endIds, logProbMode(weights.modelName(version)));
        // One position is left for the token that a server generates after answers that are scored as prompts.
        int contextLength = Math.min(server.capacity().contextLength(), positions) - 1;
        return new RemoteEngine(version, model, server, weights, contextLength, clockwork);
    }

    /** Lets the server say two words, by which it shows what it can and which log-probabilities it gives. */
    private LogProbMode logProbMode(String model) {
        JsonNode answer = server.ask(CompletionBody.PATH, CompletionBody.probe(model, 0));
        List<Token> tokens = new CompletionReader(server.faults(), model, 0)
                .pieces(answer, 1).stream()
                        .flatMap(piece -> piece.tokens().stream())
                        .toList();
        if (tokens.size() != PROBE_TOKENS) {
            throw server.faults()
                    .unusable(server.name() + " answered " + tokens.size() + " tokens where " + PROBE_TOKENS
                            + " were asked for with ignore_eos");
        }
        boolean certain = tokens.stream().allMatch(token -> Math.abs(token.logProb()) < CERTAIN);
        return certain ? LogProbMode.PROCESSED : LogProbMode.RAW;
    }
}
