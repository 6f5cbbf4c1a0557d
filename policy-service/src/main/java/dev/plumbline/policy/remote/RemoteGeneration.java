package dev.plumbline.policy.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.policy.model.Engine;
import dev.plumbline.policy.remote.CompletionReader.Piece;
import dev.plumbline.serving.error.NotNow;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the server: its prompt's log-probabilities if they are wanted, the stream of its answers,
 * and each answer's plain log-probabilities if the stream does not have them. Everything happens on the engine's thread
 * but {@link #cancel}.
 */
final class RemoteGeneration implements Engine.Submission {
    /** How the engine is reached. */
    interface Surroundings {
        /** Does something on the engine's thread, at its next poll. */
        void soon(Runnable news);

        /** Nanoseconds of a clock of any origin. */
        long nanoTime();
    }

    private final RemoteServer server;
    private final RemoteModel model;
    private final GenerationRequest request;
    private final GenerationListener listener;
    private final Surroundings engine;
    private final CompletionReader reader;
    private final boolean scoresApart;
    private final List<RemoteAnswer> answers;
    private final Set<RemoteCall> calls = new HashSet<>();
    private volatile Optional<FinishReason> interruption = Optional.empty();
    private long lastNews;
    private boolean ended;

    RemoteGeneration(
            RemoteServer server,
            RemoteModel model,
            GenerationRequest request,
            GenerationListener listener,
            Surroundings engine) {
        this.server = server;
        this.model = model;
        this.request = request;
        this.listener = listener;
        this.engine = engine;
        int alternatives = request.report().alternatives();
        this.reader = new CompletionReader(server.faults(), model.name(), alternatives);
        this.scoresApart = model.logProbs().scoresApart(request);
        boolean greedy = request.sampling().greedy();
        List<Integer> indices = IntStream.range(0, request.samples())
                .mapToObj(sample -> request.firstSample() + sample)
                .toList();
        this.answers = greedy
                ? List.of(new RemoteAnswer(indices, true, alternatives > 0, listener))
                : indices.stream()
                        .map(index -> new RemoteAnswer(List.of(index), false, alternatives > 0, listener))
                        .toList();
    }

    void begin() {
        lastNews = engine.nanoTime();
        if (request.report().prompt()) {
            score(request.promptIds(), scores -> {
                listener.onPrompt(scores);
                stream();
            });
        } else {
            stream();
        }
    }

    private void stream() {
        int alternatives = scoresApart ? 0 : request.report().alternatives();
        RemoteCall call = server.post(
                CompletionBody.PATH, CompletionBody.stream(model.name(), request, answers.size(), alternatives));
        CompletionReader events = new CompletionReader(server.faults(), model.name(), alternatives);
        calls.add(call);
        call.lines(new EventLines(call, new EventLines.Reader() {
                    @Override
                    public void event(JsonNode data) {
                        List<Piece> pieces = events.pieces(data, answers.size());
                        soon(() -> pieces.forEach(RemoteGeneration.this::accept));
                    }

                    @Override
                    public void ended() {
                        soon(() -> over(call));
                    }

                    @Override
                    public void failed(RuntimeException error) {
                        soon(() -> fail(error));
                    }
                }))
                .whenComplete((begun, error) -> {
                    if (error != null) {
                        soon(() -> fail(RemoteFaults.unwrapped(error)));
                    }
                });
    }

    private void over(RemoteCall call) {
        calls.remove(call);
        if (answers.stream().anyMatch(answer -> !answer.complete())) {
            fail(server.faults().brokenOff("its stream ended before its answers"));
        }
    }

    private void accept(Piece piece) {
        RemoteAnswer answer = answers.get(piece.choice());
        if (answer.complete() && !piece.tokens().isEmpty()) {
            throw server.faults()
                    .unusable(server.name() + " sent tokens of answer " + piece.choice() + " after its end");
        }
        answer.accept(piece);
        piece.finish().ifPresent(reason -> answer.complete(finishReason(reason, answer)));
        if (!scoresApart) {
            answer.tell();
        } else if (piece.finish().isPresent()) {
            score(answer.after(request.promptIds()), answer::tell);
        }
    }

    private FinishReason finishReason(String told, RemoteAnswer answer) {
        StopConditions stop = request.stop();
        if (answer.size() == 0 || answer.size() > stop.maxTokens()) {
            throw server.faults()
                    .unusable(server.name() + " ended an answer after " + answer.size() + " of " + stop.maxTokens()
                            + " tokens");
        }
        return switch (told) {
            case "stop" -> stopped(stop, answer.lastId());
            case "length" -> full(answer.size());
            case "abort" -> throw server.faults().brokenOff("it was aborted there");
            default ->
                throw server.faults().unusable(server.name() + " ended an answer by " + RemoteFaults.quoted(told));
        };
    }

    private FinishReason full(int size) {
        int most = request.stop().maxTokens();
        if (size < most) {
            throw server.faults()
                    .unusable(server.name() + " cut an answer off after " + size + " of " + most
                            + " tokens: lower plumbline.policy.context-length to its own");
        }
        return FinishReason.LENGTH;
    }

    private FinishReason stopped(StopConditions stop, int lastId) {
        if (!stop.ignoreEos() && model.endIds().contains(lastId)) {
            return FinishReason.EOS;
        }
        if (IntStream.of(stop.stopTokens()).anyMatch(id -> id == lastId)) {
            return FinishReason.STOP_TOKEN;
        }
        if (stop.stopStrings().isEmpty()) {
            throw server.faults()
                    .unusable(server.name() + " ended an answer at the token " + lastId
                            + ", which neither the checkpoint nor the request knows as an end: do both have the same"
                            + " generation_config.json?");
        }
        return FinishReason.STOP_STRING;
    }

    /** Has given tokens computed as a prompt. */
    private void score(int[] ids, Consumer<PromptLogProbs> next) {
        RemoteCall call = server.post(
                CompletionBody.PATH,
                CompletionBody.scoring(model.name(), ids, request.report().alternatives()));
        calls.add(call);
        call.whole()
                .whenComplete((answer, error) -> soon(() -> {
                    calls.remove(call);
                    next.accept(reader.scores(required(answer, error), ids));
                }));
    }

    private static JsonNode required(@Nullable JsonNode answer, @Nullable Throwable error) {
        if (answer != null) {
            return answer;
        }
        if (error != null && RemoteFaults.unwrapped(error) instanceof RuntimeException known) {
            throw known;
        }
        throw new IllegalStateException("the call has failed", error);
    }

    /** On the engine's thread, if it still matters by then. */
    private void soon(Runnable news) {
        engine.soon(() -> {
            if (ended) {
                return;
            }
            lastNews = engine.nanoTime();
            try {
                news.run();
            } catch (RuntimeException e) { // of the server's, or of the listener's, which fails its own request
                fail(e);
            }
            if (!ended && answers.stream().allMatch(RemoteAnswer::ended)) {
                ended = true;
            }
        });
    }

    /** Looks whether it was cancelled, or the server has been silent for too long. */
    void look() {
        if (ended) {
            return;
        }
        Optional<FinishReason> reason = interruption;
        if (reason.isPresent()) {
            close();
            answers.forEach(answer -> answer.end(reason.get()));
        } else if (engine.nanoTime() - lastNews > server.patience().silence().toNanos()) {
            fail(NotNow.unavailable(
                    RemoteFaults.AWAY,
                    server.name() + " has been silent for "
                            + server.patience().silence().toSeconds()
                            + " s, as long as plumbline.policy.remote.silence",
                    server.patience().firstRetryAfter()));
        }
    }

    void fail(Throwable error) {
        if (!ended) {
            close();
            listener.onFailure(error);
        }
    }

    private void close() {
        ended = true;
        calls.forEach(RemoteCall::cancel);
    }

    @Override
    public void cancel(FinishReason reason) {
        synchronized (this) {
            if (interruption.isEmpty()) {
                interruption = Optional.of(reason);
            }
        }
        engine.soon(() -> {});
    }

    boolean ended() {
        return ended;
    }

    /** Answers that have not ended. */
    int running() {
        if (ended) {
            return 0;
        }
        return request.sampling().greedy()
                ? request.samples()
                : (int) answers.stream().filter(answer -> !answer.ended()).count();
    }
}
