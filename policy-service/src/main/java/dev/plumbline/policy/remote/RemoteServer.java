package dev.plumbline.policy.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.NotNow;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls the other server, and begins a call anew while the server is away or busy. Safe for several threads. */
final class RemoteServer {
    /** A wait differs by up to this share, so that requests do not come back in step. */
    private static final double JITTER = 0.2;

    private static final JsonMapper JSON = new JsonMapper();

    private final RemoteTerms terms;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // where a call that is cancelled closes its connection
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final FailsafeExecutor<Object> attempts;

    RemoteServer(RemoteTerms terms) {
        this.terms = terms;
        Duration first = terms.patience().firstRetryAfter();
        this.attempts = Failsafe.with(RetryPolicy.builder()
                .handleIf(RemoteFaults::passes)
                .withMaxRetries(terms.patience().retries())
                .withBackoff(first, first.multipliedBy(1L << (terms.patience().retries() + 1)))
                .withJitter(JITTER)
                .build());
    }

    /** What errors call it. */
    String name() {
        return "the engine's server " + terms.url();
    }

    /** Words for its errors. */
    RemoteFaults faults() {
        return new RemoteFaults(name(), terms.patience().firstRetryAfter());
    }

    RemoteTerms.Capacity capacity() {
        return terms.capacity();
    }

    RemoteTerms.Patience patience() {
        return terms.patience();
    }

    /** A POST whose answer is still to be read. */
    RemoteCall post(String path, JsonNode body) {
        return call(request(path)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(text(body)))
                .build());
    }

    /** What a GET answers, which is waited for. */
    JsonNode get(String path) {
        return await(call(request(path).build()), path, terms.patience().silence());
    }

    /** What a POST answers, which is waited for. */
    JsonNode ask(String path, JsonNode body) {
        return await(post(path, body), path, terms.patience().silence());
    }

    /** Tells the server to change something, and waits until it has. */
    void update(String path, JsonNode body) {
        await(post(path, body), path, terms.patience().update());
    }

    private RemoteCall call(HttpRequest request) {
        return new RemoteCall(client, request, attempts, faults());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(terms.url().resolve(path));
        terms.token().ifPresent(token -> request.header("authorization", "Bearer " + token));
        return request;
    }

    private JsonNode await(RemoteCall call, String path, Duration longest) {
        try {
            return call.whole().toCompletableFuture().get(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            call.cancel();
            throw NotNow.unavailable(
                    RemoteFaults.AWAY,
                    name() + " has not answered " + path + " within " + longest.toSeconds() + " s",
                    terms.patience().firstRetryAfter());
        } catch (InterruptedException e) {
            call.cancel();
            Thread.currentThread().interrupt();
            throw NotNow.unavailable(RemoteFaults.AWAY, "a call of " + name() + " was interrupted", Duration.ZERO);
        } catch (ExecutionException e) {
            throw RemoteFaults.unwrapped(e) instanceof RuntimeException known
                    ? known
                    : new Defect(name() + " cannot be used", e);
        }
    }

    /** JSON that a server sent. */
    static JsonNode parse(String text, String server) {
        try {
            JsonNode tree = JSON.readTree(text);
            return tree;
        } catch (JsonProcessingException e) {
            throw new Defect(server + " sent what is no JSON: " + RemoteFaults.quoted(text), e);
        }
    }

    private static String text(JsonNode body) {
        return body.toString();
    }
}
