package dev.plumbline.reward.verifier;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A verifier over HTTP whose every answer a test decides. */
public final class HttpVerifier implements AutoCloseable {

    /** What it answers; {@link #SILENCE} is no answer at all. */
    public record Reply(int status, String body) {}

    public static final Reply SILENCE = new Reply(0, "");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    /** @param replies from the number of the call, counted from 1, to what is answered */
    public HttpVerifier(Function<Integer, Reply> replies) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/verify", exchange -> answer(exchange, replies));
        server.start();
    }

    private void answer(HttpExchange exchange, Function<Integer, Reply> replies) throws IOException {
        String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        int call;
        synchronized (requests) {
            requests.add(request);
            call = requests.size();
        }
        Reply reply = replies.apply(call);
        if (reply.equals(SILENCE)) {
            return;
        }
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    public URI target() {
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/verify");
    }

    /** The bodies of all requests so far. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
