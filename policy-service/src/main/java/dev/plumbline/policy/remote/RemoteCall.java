package dev.plumbline.policy.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.failsafe.FailsafeExecutor;
import java.net.HttpURLConnection;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/** One request to the server. Cancelled, its connection is closed, by which the server frees what it holds. */
final class RemoteCall {
    private final HttpClient client;
    private final HttpRequest request;
    private final FailsafeExecutor<Object> attempts;
    private final RemoteFaults faults;
    // Guarded by this.
    private Runnable close = () -> {};
    private boolean cancelled;

    RemoteCall(HttpClient client, HttpRequest request, FailsafeExecutor<Object> attempts, RemoteFaults faults) {
        this.client = client;
        this.request = request;
        this.attempts = attempts;
        this.faults = faults;
    }

    RemoteFaults faults() {
        return faults;
    }

    /** The JSON it is answered by; an object without fields for an empty body. */
    CompletionStage<JsonNode> whole() {
        return begin().thenCompose(RemoteCall::text).thenApply(text -> RemoteServer.parse(text, faults.server()));
    }

    /** Hands on the lines it is answered by; the stage ends when there is an answer, or fails if there is none. */
    CompletionStage<?> lines(Flow.Subscriber<String> lines) {
        return begin().thenAccept(body -> body.subscribe(BodySubscribers.fromLineSubscriber(lines)));
    }

    /** Ends it; from any thread. */
    void cancel() {
        Runnable now;
        synchronized (this) {
            cancelled = true;
            now = close;
        }
        now.run();
    }

    /** What closes the connection from now on. */
    void closeBy(Runnable closing) {
        synchronized (this) {
            if (!cancelled) {
                close = closing;
                return;
            }
        }
        closing.run();
    }

    private CompletableFuture<Flow.Publisher<List<ByteBuffer>>> begin() {
        return attempts.getStageAsync(this::attempt);
    }

    private CompletionStage<Flow.Publisher<List<ByteBuffer>>> attempt() {
        CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> sent;
        synchronized (this) {
            if (cancelled) {
                throw new CancellationException("cancelled before it was answered");
            }
            sent = client.sendAsync(request, BodyHandlers.ofPublisher());
            // Only the client's own future closes the connection.
            close = () -> sent.cancel(true);
        }
        return sent.handle((response, error) -> {
                    if (response == null) {
                        throw faults.away(error == null ? null : RemoteFaults.unwrapped(error));
                    }
                    return response;
                })
                .thenCompose(this::accepted);
    }

    private CompletionStage<Flow.Publisher<List<ByteBuffer>>> accepted(
            HttpResponse<Flow.Publisher<List<ByteBuffer>>> response) {
        return response.statusCode() == HttpURLConnection.HTTP_OK
                ? CompletableFuture.completedFuture(response.body())
                : text(response.body()).thenApply(body -> {
                    throw faults.ofStatus(response.statusCode(), body);
                });
    }

    private static CompletionStage<String> text(Flow.Publisher<List<ByteBuffer>> body) {
        BodySubscriber<String> text = BodySubscribers.ofString(UTF_8);
        body.subscribe(text);
        return text.getBody();
    }
}
