package dev.plumbline.policy.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server that answers as it is told: each stream of answers by the next line of its script, and what is asked beside them
 * as a sound server would.
 */
final class ScriptedServer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Queue<Reply> script = new ConcurrentLinkedQueue<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    /** By what it answers a probe: 0 of a server that gives processed log-probabilities. */
    private volatile double probed;

    /** @param hangs leaves the answer open after the body */
    private record Reply(int status, String body, boolean hangs) {}

    ScriptedServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The next stream begins and ends like this. */
    void next(int status, String body) {
        script.add(new Reply(status, body, false));
    }

    /** The next stream begins like this and does not end. */
    void hang(String body) {
        script.add(new Reply(200, body, true));
    }

    /** From now on it says that a certain token has this log-probability. */
    void probedBy(double logProb) {
        probed = logProb;
    }

    /** Paths with their queries that were asked for, and bodies but for completions. */
    List<String> calls() {
        return calls;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        String text = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        if (!"Bearer secret".equals(exchange.getRequestHeaders().getFirst("authorization"))) {
            send(exchange, new Reply(401, "who?", false));
        } else if (path.equals("/v1/completions")) {
            calls.add(path);
            send(exchange, completion(JSON.readTree(text)));
        } else if (path.equals("/v1/models")) {
            send(exchange, new Reply(200, "{\"data\": [{\"id\": \"policy@1\"}]}", false));
        } else {
            calls.add(path + " " + text);
            send(exchange, new Reply(200, "", false));
        }
    }

    private Reply completion(JsonNode body) {
        if (body.path("stream").asBoolean()) {
            Reply next = script.poll();
            return next == null ? new Reply(500, "the script is over", false) : next;
        }
        return new Reply(200, """
                {"model": %s, "choices": [{"index": 0, "text": "ab", "token_ids": [1, 2], "finish_reason": "length",
                 "logprobs": {"token_logprobs": [%s, %s]}}]}""".formatted(body.path("model"), probed, probed), false);
    }

    private void send(HttpExchange exchange, Reply reply) throws IOException {
        byte[] body = reply.body().getBytes(UTF_8);
        exchange.sendResponseHeaders(reply.status(), 0);
        exchange.getResponseBody().write(body);
        exchange.getResponseBody().flush();
        if (reply.hangs()) {
            try {
                closing.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        exchange.close();
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
